package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"leveler/internal/balance"
	"leveler/internal/report/readable"
)

// page is what the template shows. It holds text and places only: every number
// is written before it gets there.
type page struct {
	Summary                 Summary
	Title, Headline, Detail string
	Verdict                 string
	Good                    bool
	Tiles                   []tile
	Levels                  []levelView
	Facts, Digests          []fact
	Stages                  []stageView
	Outputs                 []outputView
	BadRows                 string // how many there are and how many are listed
	DuplicateIDs            string
	Config                  string
}

type (
	tile struct {
		Name, Value, Note string
		Warn, Long        bool
	}
	fact      struct{ Name, Value string }
	stageView struct {
		Name, Time string
		Reused     bool
		Percent    float64 // of the longest stage, for a bar
	}
	outputView struct{ Name, Path, Size string }
	levelView  struct {
		Number       int
		Title, About string
		Bars         []barView
		Rows         []figureRow
		Sizes        *chart
		Inertia      *chart
	}
	// barView is one bar of effective clusters.
	barView struct {
		Class, Name, Value string
		Percent            float64
	}
	// figureRow is one figure of a level for all ways to fill its clusters.
	figureRow struct {
		Name, Hint                        string
		Before, After, Random, Flat, Even string
	}
)

func newPage(s Summary, data Charts) page {
	p := page{Summary: s, Headline: headline(s), Config: data.Config}
	p.Title = "Leveler: " + p.Headline
	p.Verdict, p.Good = verdict(s)
	if t := headlineLevel(s); t >= 0 {
		b := s.Levels[t].Balance
		p.Detail = fmt.Sprintf("Measured at level %d. A random selection of the same size has %s effective clusters, flat k-means with equal shares %s.",
			t+1, readable.Three(b.Random.Effective), readable.Three(b.Flat.Effective))
	}
	p.Tiles = tiles(s)
	for t, l := range s.Levels {
		var charts LevelCharts
		if t < len(data.Levels) {
			charts = data.Levels[t]
		}
		p.Levels = append(p.Levels, newLevelView(s, t, l, charts))
	}
	p.Facts, p.Digests = facts(s), digests(s)
	longest := 0.0
	for _, st := range s.Execution.Stages {
		longest = max(longest, st.Seconds)
	}
	for _, st := range s.Execution.Stages {
		v := stageView{Name: st.Name, Time: seconds(st.Seconds), Reused: st.Reused}
		if longest > 0 {
			v.Percent = math.Round(1000*st.Seconds/longest) / 10
		}
		p.Stages = append(p.Stages, v)
	}
	for _, o := range s.Execution.Outputs {
		v := outputView{Name: o.Name, Path: o.Path}
		if o.Bytes > 0 {
			v.Size = readable.Bytes(float64(o.Bytes))
		}
		p.Outputs = append(p.Outputs, v)
	}
	if n, listed := s.Input.Bad.Count, int64(len(s.Input.Bad.First)); n > 0 {
		p.BadRows = readable.Count(n) + " rows could not be used"
		if listed < n {
			p.BadRows += fmt.Sprintf("; the first %d are listed, all are in bad_records.parquet", listed)
		}
	}
	if n := s.Input.DuplicateIDs.Count; n > 0 {
		p.DuplicateIDs = readable.Count(n) + " rows repeat the id of an earlier row"
	}
	return p
}

func tiles(s Summary) []tile {
	selected := tile{Name: "Selected", Value: readable.Count(s.Sample.Selected)}
	if s.Input.Rows > 0 {
		selected.Note = readable.Percent(float64(s.Sample.Selected)/float64(s.Input.Rows)) + " of the records"
	}
	if s.Sample.Copies != s.Sample.TargetSize {
		selected.Note, selected.Warn = "target "+readable.Count(s.Sample.TargetSize), true
	}
	sizes := make([]string, 0, len(s.Levels))
	for _, l := range s.Levels {
		sizes = append(sizes, readable.Count(int64(l.NClusters)))
	}
	tree := tile{Name: "Clusters", Value: strings.Join(sizes, " · "), Note: plural(len(s.Levels), "level") + ", finest first"}
	if len(sizes) > 4 {
		tree.Value = sizes[0] + " … " + sizes[len(sizes)-1]
	}
	tree.Long = len(tree.Value) > 12
	bad := tile{Name: "Bad rows", Value: readable.Count(s.Input.Bad.Count), Note: "none dropped"}
	if s.Input.Bad.Count > 0 {
		bad.Warn, bad.Note = true, "dropped and listed below"
	}
	took := tile{Name: "Time", Value: seconds(s.Execution.Seconds), Note: s.Execution.Runner + " runner"}
	if m := s.Execution.PeakMemory; m > 0 {
		took.Note += ", " + readable.Bytes(float64(m)) + " peak"
	}
	read := tile{Name: "Records", Value: readable.Count(s.Input.Rows), Note: s.Input.Kind + ", " + strconv.Itoa(s.Input.Dim) + " dimensions"}
	return []tile{read, selected, tree, bad, took}
}

func newLevelView(s Summary, t int, l Level, charts LevelCharts) levelView {
	b := l.Balance
	v := levelView{
		Number: t + 1,
		Title:  fmt.Sprintf("Level %d", t+1),
		Sizes:  sizesChart(t+1, charts), Inertia: inertiaChart(t+1, charts.Iterations),
	}
	about := []string{plural(l.NClusters, "cluster") + " of " + readable.Count(l.Points) + map[bool]string{true: " rows", false: " centroids"}[t == 0]}
	about = append(about, plural(l.Iterations, "iteration"))
	if l.NResamplingSteps > 1 {
		about = append(about, plural(l.NResamplingSteps, "resampling step"))
	}
	if l.Converged {
		about = append(about, "converged")
	}
	if l.Relocated > 0 {
		about = append(about, plural(int(l.Relocated), "empty cluster")+" relocated")
	}
	if t < len(s.Execution.LevelSeconds) {
		about = append(about, seconds(s.Execution.LevelSeconds[t]))
	}
	v.About = strings.Join(about, ", ")
	for _, x := range []struct {
		class, name string
		f           balance.Figures
	}{{"before", nameBefore, b.Before}, {"after", nameAfter, b.After}, {"random", nameRandom, b.Random}, {"flat", nameFlat, b.Flat}} {
		share := 100 * x.f.Effective / float64(max(x.f.Clusters, 1))
		v.Bars = append(v.Bars, barView{x.class, x.name, readable.Three(x.f.Effective), math.Round(10*min(share, 100)) / 10})
	}
	v.Rows = figureRows(b)
	return v
}

// figureRows are the table of a level.
func figureRows(b balance.Comparison) []figureRow {
	e := even(b.After)
	row := func(name, hint string, text func(balance.Figures) string) figureRow {
		return figureRow{name, hint, text(b.Before), text(b.After), text(b.Random), text(b.Flat), text(e)}
	}
	type f = balance.Figures
	return []figureRow{
		row("Effective clusters", "exp of the entropy: as many equal clusters are as diverse", func(f f) string { return readable.Three(f.Effective) }),
		row("Normalised entropy", "1 is even, 0 is one cluster", func(f f) string { return readable.Three(f.NormalisedEntropy) }),
		row("Gini", "0 is even, 1 is one cluster", func(f f) string { return readable.Three(f.Gini) }),
		row("KL to uniform", "in nats, 0 is even", func(f f) string { return readable.Three(f.KL) }),
		row("Imbalance factor", "k Σn² / (Σn)², 1 is even", func(f f) string { return readable.Three(f.Imbalance) }),
		row("In the largest 1 %", "share of rows in the largest 1 % of the clusters", func(f f) string { return readable.Percent(f.Largest1) }),
		row("In the largest 10 %", "share of rows in the largest 10 % of the clusters", func(f f) string { return readable.Percent(f.Largest10) }),
		row("Empty clusters", "clusters without a row", func(f f) string { return readable.Count(f.Empty) }),
		row("Smallest cluster", "rows", func(f f) string { return readable.Count(f.Min) }),
		row("Median cluster", "rows", median),
		row("Largest cluster", "rows", func(f f) string { return readable.Count(f.Max) }),
	}
}

func median(f balance.Figures) string {
	if whole := int64(f.Median); float64(whole) != f.Median && whole < 1000 {
		return strconv.FormatFloat(f.Median, 'f', 1, 64)
	}
	return readable.Count(int64(math.Round(f.Median)))
}

// even has the figures of the most even selection of as many rows over as many
// clusters, were every cluster large enough.
func even(like balance.Figures) balance.Figures {
	k := like.Clusters
	m := min(k, like.Total) // clusters that can have a row
	if m == 0 {
		return balance.Figures{Clusters: k, Empty: k}
	}
	fk, fm := float64(k), float64(m)
	e := balance.Figures{
		Clusters: k, Total: like.Total, Empty: k - m,
		Min: like.Total / k, Median: float64(like.Total / k), Max: (like.Total + k - 1) / k,
		Gini: 1 - fm/fk, NormalisedEntropy: 1, Effective: fm, KL: math.Log(fk / fm), Imbalance: fk / fm,
		Largest1: min(float64((k+99)/100)/fm, 1), Largest10: min(float64((k+9)/10)/fm, 1),
	}
	if 2*(like.Total%k) > k { // the middle cluster has one of the remainder
		e.Median++
	}
	if k > 1 {
		e.NormalisedEntropy = math.Log(fm) / math.Log(fk)
	}
	return e
}

func facts(s Summary) []fact {
	strategy := map[string]string{"r": "at random", "c": "closest to the centroid"}[s.Sample.Strategy]
	if strategy == "" {
		strategy = s.Sample.Strategy
	}
	all := []fact{
		{"Input", s.Input.Path},
		{"Kind", s.Input.Kind},
		{"Rows that could be selected", readable.Count(s.Input.Eligible)},
		{"Embedding", fmt.Sprintf("%s, %d dimensions", s.Input.Embedder, s.Input.Dim)},
		{"Distance", s.Distance},
		{"Target", readable.Count(s.Sample.TargetSize)},
		{"Rows taken from a leaf", strategy},
		{"Most copies of a row", readable.Count(s.Sample.Multiplier)},
		{"Seed", strconv.FormatUint(s.Seed, 10)},
		{"Runner", s.Execution.Runner},
		{"Started", s.Execution.Started},
		{"Output folder", s.Execution.OutputDir},
		{"Work folder", s.Execution.WorkDir},
		{"Leveler", s.Version},
	}
	kept := all[:0]
	for _, f := range all {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

func digests(s Summary) []fact {
	all := []fact{{"Config", s.ConfigDigest}, {"Selection", s.Digests.Selection}}
	for t, d := range s.Digests.Centroids {
		all = append(all, fact{fmt.Sprintf("Centroids, level %d", t+1), d})
	}
	for t, d := range s.Digests.Assignments {
		all = append(all, fact{fmt.Sprintf("Assignments, level %d", t+1), d})
	}
	return all
}

// seconds writes a time that does not break between its number and its unit.
func seconds(s float64) string {
	return strings.ReplaceAll(readable.Seconds(duration(s)), " ", "\u00a0")
}

func duration(seconds float64) time.Duration { return time.Duration(min(seconds, 1e9) * 1e9) }

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return readable.Count(int64(n)) + " " + noun
}
