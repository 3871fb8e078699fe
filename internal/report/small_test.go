package report

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/balance"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// small is a run written by hand: 1,000 rows in four clusters, 100 selected.
func small() Summary {
	levels := []balance.Comparison{
		{
			Before: balance.Measure([]int64{900, 60, 30, 10}), After: balance.Measure([]int64{25, 25, 40, 10}),
			Random: balance.Measure([]int64{90, 6, 3, 1}), Flat: balance.Measure([]int64{30, 30, 30, 10}),
		},
		{
			Before: balance.Measure([]int64{960, 40}), After: balance.Measure([]int64{50, 50}),
			Random: balance.Measure([]int64{96, 4}), Flat: balance.Measure([]int64{60, 40}),
		},
	}
	return Summary{
		Version: "v0.1.0", ConfigDigest: "sha256:aa", Seed: 1, Distance: "l2",
		Input: Input{
			Kind: "npy", Path: "data/x & y/*.npy", Rows: 1001, Eligible: 1000, Dim: 8, Embedder: "precomputed",
			Bad:          BadRows{Count: 1, First: []BadRow{{"data/x & y/0.npy", 17, "not a number in column 3"}}},
			DuplicateIDs: BadRows{Count: 1, First: []BadRow{{"data/x & y/0.npy", 18, `repeats the id "a" of row 3`}}},
		},
		Levels: []Level{
			{
				NClusters: 4, NIters: 10, NResamplingSteps: 3, SampleSize: 5, SamplingStrategy: "c", Points: 1000,
				Iterations: 21, Converged: true, Inertia: 12.5, Relocated: 2, Balance: levels[0],
			},
			{NClusters: 2, NIters: 10, NResamplingSteps: 1, Points: 4, Iterations: 2, Converged: true, Inertia: 0.25, Balance: levels[1]},
		},
		Sample:  Sample{TargetSize: 100, Selected: 100, Copies: 100, Multiplier: 1, Strategy: "r"},
		Digests: Digests{Selection: "sha256:bb", Centroids: []string{"sha256:c1", "sha256:c2"}, Assignments: []string{"sha256:a1", "sha256:a2"}},
		Execution: Execution{
			Runner: "direct", WorkDir: "work", OutputDir: "out", Started: "2026-11-23T23:40:00Z", Seconds: 1.25, PeakMemory: 64_000_000,
			Stages:       []Stage{{"decode", 0.5, true}, {"level 1", 0.75, false}},
			LevelSeconds: []float64{0.5, 0.25},
			Outputs:      []Output{{Name: "Selected rows", Path: "out/indices.npy", Bytes: 928}, {Name: "This report", Path: "out/report.html"}},
		},
	}
}

func measure(counts []int64) balance.Figures { return balance.Measure(counts) }

func evenOf(clusters, total int64) balance.Figures {
	return even(balance.Figures{Clusters: clusters, Total: total})
}
