package pipelines

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"leveler/configs"
	"leveler/internal/balance"
	"leveler/internal/points"
	"leveler/internal/report"
	"leveler/internal/store"
)

// summary gathers the figures of a finished run.
func (r *Run) summary(in *input, tree []level, sel *selection, out outputs, copies []*marker) (report.Summary, report.Charts, error) {
	config, err := r.Config.Marshal()
	if err != nil {
		return report.Summary{}, report.Charts{}, err
	}
	digest := sha256.Sum256(config)
	s := report.Summary{
		Version: r.Version, ConfigDigest: hex.EncodeToString(digest[:]), Seed: r.Config.Seed, Distance: r.Config.Distance,
		Input: report.Input{
			Kind: r.Config.Input.Kind, Path: strings.Join(r.Config.Input.Path, ", "), Rows: in.InputRows, Eligible: in.set.Rows,
			Dim: in.set.Dim, Embedder: r.Config.Embed.Kind, Bad: report.BadRows{Count: in.BadCount}, Skipped: in.Skipped,
			DuplicateIDs: report.BadRows{Count: in.DuplicateCount},
		},
		Sample: report.Sample{
			TargetSize: r.Config.Sample.TargetSize, Selected: sel.Rows, Copies: sel.Copies,
			Multiplier: int64(r.Config.Sample.Multiplier), Strategy: r.Config.Sample.SamplingStrategy,
			Seed: r.Config.Sample.Seed,
		},
		Digests: report.Digests{Selection: out.Digest},
	}
	for _, b := range in.Bad {
		s.Input.Bad.First = append(s.Input.Bad.First, report.BadRow{Path: b.Path, Row: b.Row, Reason: b.Reason})
	}
	for _, b := range in.Duplicates {
		s.Input.DuplicateIDs.First = append(s.Input.DuplicateIDs.First, report.BadRow{Path: b.Path, Row: b.Row, Reason: b.Reason})
	}
	charts := report.Charts{Config: string(config)}
	levels, err := compareBalance(r.Config.SampleSeed(), int64(r.Config.Sample.Multiplier), tree, sel)
	if err != nil {
		return s, charts, err
	}
	for i, lv := range tree {
		s.Levels = append(s.Levels, lv.report(levels[i].Comparison))
		s.Digests.Centroids = append(s.Digests.Centroids, lv.Centroids.SHA256)
		s.Digests.Assignments = append(s.Digests.Assignments, lv.AssignmentsSHA256)
		s.Execution.LevelSeconds = append(s.Execution.LevelSeconds, lv.seconds)
		charts.Levels = append(charts.Levels, lv.charts(levels[i]))
	}
	r.execution(&s, out, copies)
	return s, charts, nil
}

// compareBalance measures the selection at every level.
func compareBalance(seed uint64, multiplier int64, tree []level, sel *selection) ([]balance.Level, error) {
	b := balance.Input{Seed: seed, Multiplier: multiplier, Leaves: sel.leaves.Capacity, Widths: sel.tree.Widths, Selected: sel.leaves.Copies}
	for _, lv := range tree[1:] {
		parents, err := points.ReadInt32s(lv.Labels.Path)
		if err != nil {
			return nil, err
		}
		b.Parents = append(b.Parents, parents)
	}
	return balance.Compare(b)
}

func (lv level) report(c balance.Comparison) report.Level {
	p := lv.Params
	out := report.Level{
		NClusters: p.NClusters, NIters: p.NIters, NResamplingSteps: p.NResamplingSteps,
		SampleSize: p.SampleSize, SamplingStrategy: p.SamplingStrategy,
		Points: lv.Points, Iterations: len(lv.Iterations), Inertia: lv.Final.Inertia, Balance: c,
	}
	if p.NResamplingSteps == 1 {
		out.SampleSize, out.SamplingStrategy = 0, ""
	}
	for _, it := range lv.Iterations {
		out.Relocated += int64(it.Relocated)
	}
	if n := len(lv.Iterations); n > 0 {
		last := lv.Iterations[n-1]
		out.Converged = last.Moved == 0 && last.Relocated == 0
	}
	return out
}

func (lv level) charts(b balance.Level) report.LevelCharts {
	c := report.LevelCharts{Before: b.BeforeCounts, After: b.AfterCounts, Random: b.RandomCounts, Flat: b.FlatCounts}
	for _, it := range lv.Iterations {
		c.Iterations = append(c.Iterations, report.Iteration{Step: it.Step + 1, Inertia: it.Inertia, Points: it.Points})
	}
	return c
}

// execution fills in what may differ between two runs of one configuration.
func (r *Run) execution(s *report.Summary, out outputs, copies []*marker) {
	e := &s.Execution
	e.Runner, e.WorkDir, e.OutputDir = r.Config.Runner.Name, r.Config.Work.Dir, r.Config.Output.Dir
	e.Started, e.PeakMemory, e.Stages = r.started.UTC().Format(time.RFC3339), peakMemory(), r.stages
	names := map[string]string{
		"report.html": "report", "summary.json": "figures", "indices.npy": "row numbers", "selection.parquet": "table",
		"ids.txt": "ids", "selection.jsonl": "table as JSON lines",
	}
	for _, name := range slices.Sorted(maps.Keys(out.Files)) {
		ref := out.Files[name]
		e.Outputs = append(e.Outputs, report.Output{Name: names[name], Path: ref.Path, Bytes: ref.Size, SHA256: ref.SHA256})
	}
	if slices.Contains(r.Config.Output.Formats, configs.FormatCard) {
		e.Outputs = append(e.Outputs,
			report.Output{Name: "data card", Path: store.Join(e.OutputDir, cardFile)},
			report.Output{Name: "Croissant", Path: store.Join(e.OutputDir, croissantFile)})
	}
	for _, m := range copies {
		e.Outputs = append(e.Outputs, report.Output{Name: "copy: " + m.Format, Path: copyFolder(e.OutputDir, m.Format), Bytes: m.Bytes})
	}
	for _, name := range []string{"report.html", "summary.json"} {
		e.Outputs = append(e.Outputs, report.Output{Name: names[name], Path: store.Join(r.Config.Output.Dir, name)})
	}
	for i := range s.Levels {
		e.Outputs = append(e.Outputs, report.Output{Name: fmt.Sprintf("level %d", i+1), Path: store.Join(r.Config.Work.Dir, fmt.Sprintf("level-%d", i+1))})
	}
}
