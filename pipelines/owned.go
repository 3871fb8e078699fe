package pipelines

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"

	"leveler/configs"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/write"
)

// The outputs of every run.
const (
	summaryFile = "summary.json"
	reportFile  = "report.html"
)

// owned are the files of the output folder, copies excepted, that runs have put
// there, by name: what a run may replace and remove. A file that is not as it was
// left is the user's. The folder's marker holds it.
type owned struct {
	// Files have no digest while a run may be writing them.
	Files map[string]store.Ref `json:"files"`
}

// outputNames are the files that a run may write, or take away, in output.dir.
func (r *Run) outputNames() []string {
	names := []string{summaryFile, reportFile, badRecords, duplicateIDs}
	for _, f := range r.Config.Output.Formats {
		if name := write.ListFile(f); name != "" {
			names = append(names, name)
		}
		if f == configs.FormatCard {
			names = append(names, cardFile, croissantFile)
		}
	}
	return names
}

// readOwned reads what the output folder's marker says; of a folder without one, what
// the summary there says.
func readOwned(dir string) (owned, error) {
	o := owned{Files: map[string]store.Ref{}}
	b, err := store.ReadFile(store.Join(dir, write.MarkerName))
	if err == nil {
		if err := json.Unmarshal(b, &o); err != nil {
			return o, fmt.Errorf("%s: %w", store.Join(dir, write.MarkerName), err)
		}
		return o, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return o, err
	}
	if b, err = store.ReadFile(store.Join(dir, summaryFile)); errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err != nil {
		return o, err
	}
	last, err := report.ReadJSON(bytes.NewReader(b))
	if err != nil {
		return o, nil //nolint:nilerr // no summary of ours
	}
	for _, name := range []string{summaryFile, reportFile, badRecords, duplicateIDs} {
		o.Files[name] = store.Ref{Path: name}
	}
	for _, out := range last.Execution.Outputs {
		if name := path.Base(filepath.ToSlash(out.Path)); out.SHA256 != "" {
			o.Files[name] = store.Ref{Path: name, Size: out.Bytes, SHA256: out.SHA256}
		}
	}
	return o, nil
}

// as tells whether the file of a name is as a run has left it.
func (o owned) as(dir, name string) bool {
	ref, ok := o.Files[name]
	if !ok || ref.SHA256 == "" {
		return ok
	}
	ref.Path = store.Join(dir, name)
	return store.CheckDigest(ref) == nil
}

// checkOutputs refuses, before hours of work, to replace files that no run has
// written.
func (r *Run) checkOutputs() (err error) {
	dir := r.Config.Output.Dir
	if r.owned, err = readOwned(dir); err != nil {
		return fmt.Errorf("output.dir: %w", err)
	}
	there, err := store.List(dir)
	if err != nil {
		return fmt.Errorf("output.dir: %w", err)
	}
	for _, name := range r.outputNames() {
		if slices.Contains(there, name) && !r.owned.as(dir, name) {
			return fmt.Errorf("output.dir: the run would replace %s, which is not as a run has left it; move it, or set another output.dir", store.Join(dir, name))
		}
	}
	return nil
}

// beginOutputs says in the output folder what this run may write there, in case that
// it is killed.
func (r *Run) beginOutputs() error {
	r.written = map[string]store.Ref{}
	o := owned{Files: maps.Clone(r.owned.Files)}
	for _, name := range r.outputNames() {
		o.Files[name] = store.Ref{Path: name}
	}
	return o.publish(r)
}

// endOutputs says what it has written. What a killed run may have written before stays
// ours until a run is done.
func (r *Run) endOutputs(done bool) error {
	o := owned{Files: map[string]store.Ref{}}
	for name, ref := range r.owned.Files {
		if ref.SHA256 == "" && !done || ref.SHA256 != "" && r.owned.as(r.Config.Output.Dir, name) {
			o.Files[name] = ref
		}
	}
	maps.Copy(o.Files, r.written)
	return o.publish(r)
}

func (o owned) publish(r *Run) error {
	_, err := r.ledger.PublishJSON(store.Join(r.Config.Output.Dir, write.MarkerName), o)
	return err
}

// publishOutput writes a file of the output folder.
func (r *Run) publishOutput(name string, write func(io.Writer) error) (store.Ref, error) {
	ref, err := r.ledger.Publish(store.Join(r.Config.Output.Dir, name), write)
	if err == nil {
		r.wrote(name, ref)
	}
	return ref, err
}

// wrote notes that a file of the output folder is this run's.
func (r *Run) wrote(name string, ref store.Ref) {
	ref.Path = name
	r.written[name] = ref
}

// ownNames are the names in the output folder that runs have put there.
func (r *Run) ownNames() map[string]bool {
	names := map[string]bool{}
	o, err := readOwned(r.Config.Output.Dir)
	if err != nil {
		return names // whoever writes there says it
	}
	for name := range o.Files {
		names[name] = true
	}
	for _, format := range configs.CopyFormats() {
		if m, err := readMarker(copyFolder(r.Config.Output.Dir, format)); err == nil && m != nil {
			names[format] = true
		}
	}
	return names
}
