package report

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"leveler/internal/balance"
	"leveler/internal/rng"
)

// -pages writes the pages of the tests to a folder, to look at.
var pages = flag.String("pages", "", "write the tests' pages to this folder")

// skewed are sizes by Zipf's law over k clusters in a shuffled order.
func skewed(k int, largest float64, power float64) []int64 {
	sizes := make([]int64, k)
	for i := range sizes {
		sizes[i] = int64(largest / math.Pow(float64(i+1), power))
	}
	for i := len(sizes) - 1; i > 0; i-- {
		j := int(rng.Below(rng.Hash(7, uint64(i)), uint64(i+1)))
		sizes[i], sizes[j] = sizes[j], sizes[i]
	}
	return sizes
}

// fixture is a run over skewed clusters with a plausible history: target rows
// selected with equal shares over the clusters of the top level.
func fixture(t testing.TB, ks []int, target int64) (Summary, Charts) {
	t.Helper()
	sizes := skewed(ks[0], 12_403, 0.82)
	parents := make([][]int32, 0, len(ks)-1)
	for level := 1; level < len(ks); level++ {
		up := make([]int32, ks[level-1])
		for i := range up { // lopsided, and every parent has a child
			u := float64(rng.Hash(3, uint64(level), uint64(i))>>11) / (1 << 53)
			up[i] = int32(u * u * float64(ks[level]))
			if i < ks[level] {
				up[i] = int32(i)
			}
		}
		parents = append(parents, up)
	}
	selected := balanced(sizes, parents, ks, target)
	levels, err := balance.Compare(balance.Input{Seed: 1, Leaves: sizes, Selected: selected, Parents: parents, Widths: ks})
	if err != nil {
		t.Fatal(err)
	}

	s := Summary{
		Version: "v0.1.0", ConfigDigest: "sha256:5c1c6de6a7f0", Seed: 1, Distance: "cosine",
		Input: Input{
			Kind: "text", Path: "${GOROOT}/src/...", Rows: levels[0].Before.Total + 3, Eligible: levels[0].Before.Total, Dim: 256, Embedder: "hashed character n-grams (3-5)",
			Bad: BadRows{Count: 3, First: []BadRow{
				{"src/cmd/compile/internal/ssa/rewriteAMD64.go", 4821, "empty after trimming"},
				{"src/syscall/ztypes_windows.go", 17, "not valid UTF-8"},
				{"src/unicode/tables.go", 9001, "longer than 1 MB"},
			}},
		},
		Sample:  Sample{TargetSize: target, Selected: levels[0].After.Total, Copies: levels[0].After.Total, Multiplier: 1, Strategy: "r"},
		Digests: Digests{Selection: "sha256:9f2b7c31d0aa64e1"},
		Execution: Execution{
			Runner: "direct", WorkDir: "work", OutputDir: "out", Started: "2026-11-23T23:40:00Z", Seconds: 42.3, PeakMemory: 312e6,
			Stages: []Stage{{"decode", 3.1, false}, {"embed", 9.8, true}, {"level 1", 21.2, false}, {"level 2", 4.4, false}, {"sample", 0.6, false}, {"write", 1.2, false}},
			Outputs: []Output{
				{Name: "Selected rows, ascending", Path: "out/indices.npy", Bytes: 80_128},
				{Name: "Selection with ids, levels and copies", Path: "out/selection.parquet", Bytes: 412_003},
				{Name: "Figures for programs", Path: "out/summary.json"},
				{Name: "This report", Path: "out/report.html"},
			},
		},
	}
	var data Charts
	data.Config = "seed: 1\ninput: {kind: text, path: \"${GOROOT}/src/...\"}\nsample: {target_size: 10000}\n"
	points := s.Input.Eligible
	for i, l := range levels {
		steps := 1 + 2*(i%2)
		var history []Iteration
		for step := 1; step <= steps; step++ {
			n := points
			if step > 1 {
				n = min(points, int64(15*ks[i]))
			}
			for it := range 12 {
				mean := 0.42 + 0.3*math.Exp(-float64(it)/2) - 0.03*float64(step)
				history = append(history, Iteration{step, mean * float64(n), n})
			}
		}
		s.Levels = append(s.Levels, Level{
			NClusters: ks[i], NIters: 50, NResamplingSteps: steps, SampleSize: 15, SamplingStrategy: "c", Points: points,
			Iterations: len(history), Converged: i == 0, Inertia: 0.42 * float64(points), Relocated: int64(4 * i), Balance: l.Comparison,
		})
		s.Digests.Centroids = append(s.Digests.Centroids, "sha256:00ff17aa90")
		s.Digests.Assignments = append(s.Digests.Assignments, "sha256:5d10c3b2e8")
		s.Execution.LevelSeconds = append(s.Execution.LevelSeconds, 21.2/float64(i+1))
		data.Levels = append(data.Levels, LevelCharts{l.BeforeCounts, l.AfterCounts, l.RandomCounts, l.FlatCounts, history})
		points = int64(ks[i])
	}
	return s, data
}

// balanced spreads target over the top clusters and down to the leaves.
func balanced(sizes []int64, parents [][]int32, ks []int, target int64) []int64 {
	top := make([]int, len(sizes)) // of every leaf
	for i := range top {
		at := int32(i)
		for _, up := range parents {
			at = up[at]
		}
		if len(parents) == 0 {
			at = int32(i)
		}
		top[i] = int(at)
	}
	byTop := make([]int64, ks[len(ks)-1])
	for i, n := range sizes {
		byTop[top[i]] += n
	}
	quotas := balance.Flat(1, byTop, 1, target)
	children := make([][]int, len(byTop))
	for i := range sizes {
		children[top[i]] = append(children[top[i]], i)
	}
	selected := make([]int64, len(sizes))
	for node, leaves := range children {
		under := make([]int64, len(leaves))
		for j, leaf := range leaves {
			under[j] = sizes[leaf]
		}
		for j, n := range balance.Flat(2, under, 1, quotas[node]) {
			selected[leaves[j]] = n
		}
	}
	return selected
}

// render is WriteHTML, and writes the page to -pages as name.
func render(t testing.TB, name string, s Summary, data Charts) string {
	t.Helper()
	var buf bytes.Buffer
	if err := WriteHTML(&buf, s, data); err != nil {
		t.Fatal(err)
	}
	if *pages != "" {
		if err := os.WriteFile(filepath.Join(*pages, name+".html"), buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return buf.String()
}
