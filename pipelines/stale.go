package pipelines

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"leveler/configs"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/write"
)

// removeStale takes away the lists and cards that the last run left in the output
// folder and this one was not asked for: they would tell of another selection than
// the summary beside them. Whose they are says the last run's summary, and a file
// that has other content since then is left. Copies, which may be large, are left
// and named.
func (r *Run) removeStale() error {
	o := r.Config.Output
	b, err := store.ReadFile(store.Join(o.Dir, "summary.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no run has left anything
	}
	if err != nil {
		return err
	}
	last, err := report.ReadJSON(bytes.NewReader(b))
	if err != nil {
		return nil //nolint:nilerr // no summary of ours
	}
	ours := map[string]string{cardFile: configs.FormatCard, croissantFile: configs.FormatCard}
	for _, format := range []string{configs.FormatNPY, configs.FormatParquet, configs.FormatIDs, configs.FormatJSONL} {
		ours[write.ListFile(format)] = format
	}
	for _, out := range last.Execution.Outputs {
		name := path.Base(filepath.ToSlash(out.Path))
		format, ok := ours[name]
		if !ok || slices.Contains(o.Formats, format) {
			continue
		}
		ref := store.Ref{Path: store.Join(o.Dir, name), Size: out.Bytes, SHA256: out.SHA256}
		if store.CheckDigest(ref) != nil { // the user's since then
			continue
		}
		if err := r.ledger.Remove(ref.Path); err != nil {
			return err
		}
	}
	for _, format := range configs.CopyFormats() {
		if slices.Contains(o.Formats, format) {
			continue
		}
		if m, err := readMarker(copyFolder(o.Dir, format)); err != nil {
			return err
		} else if m != nil {
			r.note("%s holds the copy of an earlier run, which was not asked for again: it may be of another selection", copyFolder(o.Dir, format))
		}
	}
	return nil
}
