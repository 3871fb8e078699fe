package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/configs"
	"leveler/internal/export"
	"leveler/internal/ledger"
	"leveler/internal/progress"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/write"
)

// copyVersion is raised when the same selection would give another copy.
const copyVersion = 2

// copyParams is what a copy depends on beside the selection.
type copyParams struct {
	Dir        string
	Format     string
	Options    records.Options
	ShardRows  int64
	ShardBytes int64
	Number     bool
}

// marker is the content of write.MarkerName, which says that a folder holds a copy
// of ours, which we may replace, and whether it is whole.
type marker struct {
	Format   string        `json:"format"`
	Key      string        `json:"key"`
	Finished bool          `json:"finished"`
	Items    int64         `json:"items"`
	Bytes    int64         `json:"bytes"`
	Shards   []export.File `json:"shards,omitempty"`

	ref store.Ref
}

func copyFolder(out, format string) string { return store.Join(out, format) }

// checkCopies refuses, before hours of work, folders that a copy would have to
// be put into and that are not ours.
func (r *Run) checkCopies() error {
	for _, format := range r.Config.Output.Copies() {
		dir := copyFolder(r.Config.Output.Dir, format)
		m, err := readMarker(dir)
		if err != nil {
			return err
		}
		if m != nil {
			continue // ours
		}
		files, err := store.List(dir)
		if err != nil {
			return err
		}
		folders, err := store.Folders(dir)
		if err != nil {
			return err
		}
		if len(files)+len(folders) > 0 {
			return fmt.Errorf("output.formats: %s goes into %s, which holds files that no run has put there; move them, or set another output.dir", format, dir)
		}
	}
	return nil
}

// readMarker returns the marker of a folder; nil where there is none.
func readMarker(dir string) (*marker, error) {
	b, err := store.ReadFile(store.Join(dir, write.MarkerName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // none
	}
	if err != nil {
		return nil, err
	}
	m := new(marker)
	if json.Unmarshal(b, m) != nil {
		return &marker{}, nil //nolint:nilerr // torn: still ours
	}
	return m, nil
}

func (m *marker) publish(l *ledger.Ledger, dir string) (err error) {
	m.ref, err = l.PublishJSON(store.Join(dir, write.MarkerName), m)
	return err
}

// copies makes the filtered copies that were asked for.
func (r *Run) copies(ctx context.Context, in *input, sel *selection) ([]*marker, error) {
	var out []*marker
	for _, format := range r.Config.Output.Copies() {
		m, err := r.copy(ctx, format, in, sel)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// copyPlan is the stage that copies the items of the selection of a key.
func (r *Run) copyPlan(format string, in *input, selection string) (*ledger.Plan, copyParams) {
	o := r.Config.Output
	p := copyParams{
		Dir: o.Dir, Format: format, Options: r.recordOptions(), ShardRows: o.ShardRows, ShardBytes: int64(o.ShardBytes),
		Number: len(r.Config.Input.Path) > 1 || r.Config.Sample.Multiplier > 1,
	}
	return &ledger.Plan{Name: "copy-" + format, Version: copyVersion, Params: p, Inputs: []string{selection, in.Places.SHA256}}, p
}

func (r *Run) copy(ctx context.Context, format string, in *input, sel *selection) (*marker, error) {
	plan, p := r.copyPlan(format, in, sel.key)
	key, err := plan.Key()
	if err != nil {
		return nil, err
	}
	if err := r.forgetCopy(plan, format); err != nil {
		return nil, err
	}
	m, _, err := stage(ctx, r, plan, "Copying into "+format, sel.Rows, "rows", func(dir string, bar *progress.Stage) ([]store.Ref, marker, error) {
		m := marker{Format: format, Key: key}
		err := r.buildCopy(ctx, dir, p, &m, in, sel, bar)
		return []store.Ref{m.ref}, m, err
	})
	return &m, err
}

// forgetCopy makes the stage unfinished when its folder is not as it left it.
func (r *Run) forgetCopy(p *ledger.Plan, format string) error {
	s, err := r.ledger.Find(p)
	if err != nil || s == nil {
		return err
	}
	dir := copyFolder(r.Config.Output.Dir, format)
	m, err := readMarker(dir)
	if err != nil {
		return err
	}
	whole := m != nil && m.Key == s.Key && m.Finished
	for i := 0; whole && i < len(m.Shards); i++ {
		whole = store.CheckSize(store.Ref{Path: store.Join(dir, m.Shards[i].Name), Size: m.Shards[i].Bytes}) == nil
	}
	if whole {
		return nil
	}
	return r.ledger.Forget(s)
}

// buildCopy runs the job that copies and puts what it leaves in place.
func (r *Run) buildCopy(ctx context.Context, dir string, p copyParams, m *marker, in *input, sel *selection, bar *progress.Stage) error {
	shards, err := readPlaces(in.Places)
	if err != nil {
		return err
	}
	folder := copyFolder(p.Dir, p.Format)
	staging := store.Join(p.Dir, fmt.Sprintf(".%s-%.16s", p.Format, m.Key))
	c := write.CopyParams{
		Dir: dir, Out: staging, Container: r.container(p.Format), Kind: r.itemKind(), Levels: len(r.Config.Levels),
		Options: p.Options, ShardBytes: p.ShardBytes, Number: p.Number,
	}
	if c.Container == write.ContainerMDS {
		c.ShardBytes = min(c.ShardBytes, export.MDSBytes)
	}
	if c.Container == write.ContainerFiles {
		c.Out = folder
		old, err := readMarker(folder)
		if err != nil {
			return err
		}
		if old == nil || old.Key != m.Key {
			if err := r.beginFolder(folder, m); err != nil {
				return err
			}
		} else if err := store.SweepTemporary(folder); err != nil { // of a killed run
			return err
		}
	}
	if err := r.sweepStaging(p.Dir, p.Format, staging); err != nil {
		return err
	}
	if c.Container != write.ContainerFiles {
		if err := m.publish(r.ledger, staging); err != nil { // workers look for it
			return err
		}
	}
	if err := collect.Clear(dir, "copies", r.ledger.Check); err != nil {
		return err
	}
	stop := watch(func() { bar.Set(min(sel.Rows, countFiles(dir, "copied-")*p.ShardRows)) })
	blocks := write.Blocks(sel.Parts, shards, p.ShardRows)
	err = r.job(ctx, "copy-"+p.Format, func(s beam.Scope) {
		col := beam.Reshuffle(s, beam.CreateList(s, blocks))
		collect.Manifest(s, write.Copy(s, col, c), dir, "copies")
	})
	stop()
	if err != nil {
		return err
	}
	bar.Set(sel.Rows)
	done, _, err := collect.Find[write.Copied](dir, "copies")
	if err != nil {
		return err
	}
	if err := checkCopied(done, len(blocks), sel.Copies, m); err != nil {
		return err
	}
	if c.Container != write.ContainerFiles {
		if err := r.placeShards(folder, c, done, m); err != nil {
			return err
		}
	}
	m.Finished = true
	if err := m.publish(r.ledger, folder); err != nil {
		return err
	}
	return store.RemoveFolder(staging, r.ledger.Check)
}

// beginFolder empties a copy's folder and marks it as ours and unfinished.
func (r *Run) beginFolder(folder string, m *marker) error {
	if err := r.checkCopies(); err != nil { // it may have been filled since the run began
		return err
	}
	if err := store.RemoveFolder(folder, r.ledger.Check); err != nil {
		return err
	}
	return m.publish(r.ledger, folder)
}

// sweepStaging removes what copies of other selections were staging.
func (r *Run) sweepStaging(out, format, keep string) error {
	folders, err := store.Folders(out)
	if err != nil {
		return err
	}
	for _, f := range folders {
		if dir := store.Join(out, f); strings.HasPrefix(f, "."+format+"-") && len(f) == len(format)+18 && dir != keep {
			if err := store.RemoveFolder(dir, r.ledger.Check); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkCopied sums up the blocks and refuses what is not whole.
func checkCopied(done []write.Copied, blocks int, copies int64, m *marker) error {
	if len(done) != blocks {
		return fmt.Errorf("the engine reported success but copied %d of %d blocks", len(done), blocks)
	}
	for _, c := range done {
		switch {
		case c.Failure != "":
			return errors.New(c.Failure)
		case c.Schema != done[0].Schema:
			return fmt.Errorf("output.formats: the selected rows come from Parquet files with different columns; rows and hf need one schema")
		}
		m.Items += c.Items
		m.Bytes += c.Bytes
	}
	if m.Items != copies {
		return fmt.Errorf("internal error: %d of %d items were copied; please report it", m.Items, copies)
	}
	return nil
}

// placeShards gives the shards their public names.
func (r *Run) placeShards(folder string, c write.CopyParams, done []write.Copied, m *marker) error {
	if err := r.beginFolder(folder, m); err != nil {
		return err
	}
	total := 0
	for _, d := range done {
		total += len(d.Shards)
	}
	for _, d := range done {
		for _, s := range d.Shards {
			f := export.File{Name: shardName(m.Format, c.Ext(), len(m.Shards), total), Items: s.Items, Bytes: s.File.Size, SHA256: s.File.SHA256}
			if err := r.ledger.Alias(s.File, store.Join(folder, f.Name)); err != nil {
				return err
			}
			m.Shards = append(m.Shards, f)
		}
	}
	return r.indexShards(folder, c, m)
}

// shardName is the public name of shard i.
func shardName(format, ext string, i, total int) string {
	switch format {
	case configs.FormatWebDataset:
		return fmt.Sprintf("%05d%s", i, ext)
	case configs.FormatMDS:
		return fmt.Sprintf("shard.%05d%s", i, ext)
	case configs.FormatHF:
		return fmt.Sprintf("data/train-%05d-of-%05d%s", i, total, ext)
	}
	return fmt.Sprintf("data-%05d%s", i, ext)
}

// indexShards writes the index that a format's readers look for.
func (r *Run) indexShards(folder string, c write.CopyParams, m *marker) error {
	var index any
	switch m.Format {
	case configs.FormatWebDataset:
		index = export.WIDS(m.Shards)
	case configs.FormatMDS:
		index = export.MDS{Item: strings.ToLower(c.Kind)}.Index(m.Shards)
	default:
		return nil
	}
	_, err := r.ledger.PublishJSON(store.Join(folder, "index.json"), index)
	return err
}

// container is the kind of shard that a format keeps this input in.
func (r *Run) container(format string) string {
	switch format {
	case configs.FormatWebDataset:
		return write.ContainerTar
	case configs.FormatFiles:
		return write.ContainerFiles
	case configs.FormatRows:
		return write.ContainerRows
	case configs.FormatLines:
		return write.ContainerLines
	case configs.FormatMDS:
		return write.ContainerMDS
	}
	switch r.Config.Input.Kind { // hf: what it is already, or else a table
	case configs.KindParquet:
		return write.ContainerRows
	case configs.KindJSONL:
		return write.ContainerLines
	case configs.KindWebDataset:
		return write.ContainerTar
	}
	return write.ContainerItems
}

// itemKind is what an item is, by the names of Hugging Face's features.
func (r *Run) itemKind() string {
	switch r.Config.Input.Medium {
	case configs.MediumImage:
		return export.Image
	case configs.MediumAudio:
		return export.Audio
	}
	return export.Text
}
