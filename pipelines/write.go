package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"leveler/configs"
	"leveler/internal/ledger"
	"leveler/internal/npy"
	"leveler/internal/progress"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/write"
)

// writeVersion is raised when the same selection would give other files.
const writeVersion = 1

// outputs are the files of the output folder.
type outputs struct {
	Files  map[string]store.Ref `json:"files"`
	Digest string               `json:"digest"` // of the selection: see selectionDigest
}

// write publishes the selection and its report.
func (r *Run) write(ctx context.Context, in *input, tree []level, sel *selection) (*report.Summary, error) {
	plan := &ledger.Plan{
		Name: "write", Version: writeVersion, Inputs: []string{sel.key},
		Params: map[string]any{"formats": r.Config.Output.Formats, "dir": r.Config.Output.Dir},
	}
	if err := r.forgetReplaced(plan); err != nil {
		return nil, err
	}
	out, _, err := stage(ctx, r, plan, "Writing", sel.Rows, "rows", func(_ string, bar *progress.Stage) ([]store.Ref, outputs, error) {
		out, err := r.writeSelection(sel, len(tree), bar)
		var refs []store.Ref
		for _, ref := range out.Files {
			refs = append(refs, ref)
		}
		slices.SortFunc(refs, func(a, b store.Ref) int { return strings.Compare(a.Path, b.Path) })
		return refs, out, err
	})
	if err != nil {
		return nil, err
	}
	return r.report(in, tree, sel, out)
}

// forgetReplaced makes the stage unfinished when its files are not there as it
// wrote them: they have public names, under which a run of another configuration
// may have published others, of the same size even.
func (r *Run) forgetReplaced(p *ledger.Plan) error {
	s, err := r.ledger.Find(p)
	if err != nil || s == nil {
		return err
	}
	for _, ref := range s.Outputs {
		if store.CheckDigest(ref) != nil {
			return store.Remove(store.Join(r.ledger.Dir, "stages", s.Key+".json"))
		}
	}
	return nil
}

// writeSelection joins the parts into the files that were asked for.
func (r *Run) writeSelection(sel *selection, levels int, bar *progress.Stage) (outputs, error) {
	out := outputs{Files: map[string]store.Ref{}}
	var err error
	if out.Digest, err = selectionDigest(sel, levels); err != nil {
		return out, err
	}
	for _, format := range r.Config.Output.Formats {
		var name string
		var join func(io.Writer) error
		switch format {
		case configs.FormatNPY:
			name, join = "indices.npy", func(w io.Writer) error { return joinIndices(w, sel, levels) }
		case configs.FormatParquet:
			name, join = "selection.parquet", func(w io.Writer) error { return joinParquet(w, sel, levels, bar) }
		}
		if out.Files[name], err = store.Publish(store.Join(r.Config.Output.Dir, name), join); err != nil {
			return out, err
		}
	}
	return out, nil
}

// joinIndices writes the row numbers, ascending, each as often as it was taken.
func joinIndices(w io.Writer, sel *selection, levels int) error {
	nw, err := npy.NewWriter(w, "<i8", sel.Copies)
	if err != nil {
		return err
	}
	err = sel.each(levels, func(rows []write.Row) error {
		var v []int64
		for _, row := range rows {
			for range row.Copies {
				v = append(v, row.Row)
			}
		}
		return nw.WriteInt64s(v)
	})
	if err != nil {
		return err
	}
	return nw.Close()
}

func joinParquet(w io.Writer, sel *selection, levels int, bar *progress.Stage) error {
	pw := write.NewWriter(w, levels)
	err := sel.each(levels, func(rows []write.Row) error {
		bar.Add(int64(len(rows)))
		return pw.Write(rows)
	})
	if err != nil {
		return err
	}
	return pw.Close()
}

// each calls see with all selected rows, in row order.
func (s *selection) each(levels int, see func([]write.Row) error) error {
	for _, p := range s.Parts {
		if p.Rows == 0 {
			continue
		}
		if err := write.ReadRows(p.File, levels, see); err != nil {
			return err
		}
	}
	return nil
}

// selectionDigest identifies the selection: row, levels, copies and inclusion
// probability, whatever the shards, the runner and the paths.
func selectionDigest(sel *selection, levels int) (string, error) {
	h := sha256.New()
	var b []byte
	err := sel.each(levels, func(rows []write.Row) error {
		for _, row := range rows {
			b = row.AppendIdentity(b[:0])
			h.Write(b)
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// report makes summary.json and report.html.
func (r *Run) report(in *input, tree []level, sel *selection, out outputs) (*report.Summary, error) {
	s, charts, err := r.summary(in, tree, sel, out)
	if err != nil {
		return nil, err
	}
	s.Execution.Seconds = time.Since(r.started).Seconds()
	dir := r.Config.Output.Dir
	if _, err := store.Publish(store.Join(dir, "report.html"), func(w io.Writer) error { return report.WriteHTML(w, s, charts) }); err != nil {
		return nil, err
	}
	_, err = store.Publish(store.Join(dir, "summary.json"), func(w io.Writer) error { return report.WriteJSON(w, s) })
	return &s, err
}
