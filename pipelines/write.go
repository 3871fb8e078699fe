package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"leveler/internal/ledger"
	"leveler/internal/progress"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/write"
)

// writeVersion is raised when the same selection would give other files.
const writeVersion = 1

// outputs are the files of the output folder.
type outputs struct {
	Files map[string]store.Ref `json:"files"`
	// Digest identifies the selection: row, levels, copies and inclusion
	// probability, whatever the shards, the runner and the paths.
	Digest string `json:"digest"`
}

// writePlan is the stage that writes the selection of a key.
func (r *Run) writePlan(selection string) *ledger.Plan {
	return &ledger.Plan{
		Name: "write", Version: writeVersion, Inputs: []string{selection},
		Params: map[string]any{"formats": r.Config.Output.Formats, "dir": r.Config.Output.Dir},
	}
}

// write publishes the selection and its report.
func (r *Run) write(ctx context.Context, in *input, tree []level, sel *selection, copies []*marker) (*report.Summary, error) {
	plan := r.writePlan(sel.key)
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
	for name, ref := range out.Files {
		r.wrote(name, ref)
	}
	return r.report(in, tree, sel, out, copies)
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
			return r.ledger.Forget(s)
		}
	}
	return nil
}

// writeSelection joins the parts into the lists that were asked for.
func (r *Run) writeSelection(sel *selection, levels int, bar *progress.Stage) (outputs, error) {
	out := outputs{Files: map[string]store.Ref{}}
	shape := write.Shape{Levels: levels, Copies: sel.Copies}
	var formats []string
	for _, f := range r.Config.Output.Formats {
		if write.ListFile(f) != "" {
			formats = append(formats, f)
		}
	}
	h := sha256.New()
	err := r.publishLists(formats, shape, out.Files, nil, func(lists []write.List) error {
		var b []byte
		return sel.each(levels, func(rows []write.Row) error {
			bar.Add(int64(len(rows)))
			for _, row := range rows {
				b = row.AppendIdentity(b[:0])
				h.Write(b)
			}
			for i, l := range lists {
				if err := l.Write(rows); err != nil {
					return fmt.Errorf("writing %s: %w", write.ListFile(formats[i]), err)
				}
			}
			return nil
		})
	})
	out.Digest = hex.EncodeToString(h.Sum(nil))
	return out, err
}

// publishLists opens a file for every format, calls fill once with all of them
// and publishes each: one pass over the selection, whatever is written from it.
func (r *Run) publishLists(formats []string, shape write.Shape, files map[string]store.Ref, open []write.List, fill func([]write.List) error) error {
	if len(open) == len(formats) {
		return fill(open)
	}
	format := formats[len(open)]
	name := write.ListFile(format)
	var inner error // as it was, without the names of the files around it
	ref, err := r.publishOutput(name, func(w io.Writer) error {
		l, err := write.NewList(format, w, shape)
		if err != nil {
			return err
		}
		if inner = r.publishLists(formats, shape, files, append(open, l), fill); inner != nil {
			return inner
		}
		return l.Close()
	})
	if inner != nil {
		return inner
	}
	files[name] = ref
	return err
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

// report makes summary.json and report.html.
func (r *Run) report(in *input, tree []level, sel *selection, out outputs, copies []*marker) (*report.Summary, error) {
	s, charts, err := r.summary(in, tree, sel, out, copies)
	if err != nil {
		return nil, err
	}
	s.Execution.Seconds = time.Since(r.started).Seconds()
	if _, err := r.publishOutput(reportFile, func(w io.Writer) error { return report.WriteHTML(w, s, charts) }); err != nil {
		return nil, err
	}
	if err := r.writeCards(in, sel, &s, charts.Config, out, copies); err != nil {
		return nil, err
	}
	if err := r.removeStale(); err != nil {
		return nil, err
	}
	_, err = r.publishOutput(summaryFile, func(w io.Writer) error { return report.WriteJSON(w, s) })
	return &s, err
}
