package main

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"leveler/internal/npy"
	"leveler/internal/report"
)

// TestFlinkEngines compares Flink with the direct runner on runs of a real size:
// the digests must be equal, the times are printed (docs/flink.md has them). It
// takes some minutes and is no part of CI:
//
//	LEVELER_FLINK_ENGINES=1 LEVELER_FLINK_TESTS=^TestFlinkEngines$ .ci/flink
func TestFlinkEngines(t *testing.T) {
	if os.Getenv("LEVELER_FLINK_ENGINES") == "" {
		t.Skip("LEVELER_FLINK_ENGINES is not set: a comparison of minutes")
	}
	c := onFlink(t)
	data := filepath.Join(t.TempDir(), "x.npy")
	longTail(t, data)
	small := filepath.Join(input(t), "x.npy")
	t.Log("direct, s; Flink, s; levels on direct, s; on Flink, s; iterations; difference, s an iteration")
	large := []string{
		"input.path=" + data, "distance=cosine", "sample.target_size=20000",
		"levels=[{n_clusters: 2000, n_iters: 20, n_resampling_steps: 2, sample_size: 20}, {n_clusters: 200, n_iters: 20}]",
	}
	var want report.Digests // of the last
	for _, tt := range []struct {
		name string
		args []string
	}{
		{"12000 x 4, 30 passes over shards", sets( // next to no work: what remains is Flink's
			"input.path="+small, "resources.fit_in_worker_bytes=0", "resources.shard_rows=3000", "sample.target_size=500",
			"levels=[{n_clusters: 200, n_iters: 30}]",
		)},
		{"quickstart", []string{"-config=" + quickstart(t)}},
		{"200000 x 384, two levels", sets(large...)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			direct := c.timed(t, append(tt.args, "-runner=direct"))
			flink := c.timed(t, append(tt.args, c.options(2)...))
			if !equalDigests(direct.Digests, flink.Digests) {
				t.Errorf("\ndirect %+v\nFlink  %+v", direct.Digests, flink.Digests)
			}
			iterations := 0
			for _, l := range direct.Levels {
				iterations += l.Iterations
			}
			on, off := levelSeconds(flink), levelSeconds(direct)
			t.Logf("%.1f; %.1f; %.1f; %.1f; %d; %.2f", direct.Execution.Seconds, flink.Execution.Seconds, off, on, iterations, (on-off)/float64(iterations))
			t.Logf("%+v", flink.Digests)
			want = direct.Digests
		})
	}
	c.idle(t)
	t.Run("200000 x 384 with kills at random moments", func(t *testing.T) {
		c.survive(t, want, append(large, "work.dir=work", "output.dir=out")...)
	})
}

// quickstart is the quickstart's configuration.
func quickstart(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../configs/quickstart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// timed runs curate in a folder of its own.
func (c cluster) timed(t *testing.T, args []string) report.Summary {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(c.binary, append([]string{"run"}, append(args, "-set=work.dir=work", "-set=output.dir=out")...)...)
	cmd.Dir = dir
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return summaryOf(t, dir)
}

func levelSeconds(s report.Summary) (sum float64) {
	for _, v := range s.Execution.LevelSeconds {
		sum += v
	}
	return sum
}

// longTail writes 200,000 rows of 384 values: normal clouds around 3000 centres,
// the i-th as probable as 1/i, from a fixed sequence.
func longTail(t *testing.T, path string) {
	t.Helper()
	const n, dim, clouds = 200_000, 384, 3000
	r := rand.New(rand.NewPCG(200_000, 384))
	centres := make([]float32, clouds*dim)
	for i := range centres {
		centres[i] = float32(r.NormFloat64())
	}
	x := make([]float32, 0, n*dim)
	for range n {
		i := int(math.Pow(clouds, r.Float64())) - 1 // log-uniform
		for _, v := range centres[i*dim : (i+1)*dim] {
			x = append(x, v+0.7*float32(r.NormFloat64()))
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteMatrix(f, x, dim); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
