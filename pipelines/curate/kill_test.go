package main

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"leveler/internal/report"
)

// TestKill kills a run at five moments and lets it go on: it ends as if nothing
// had happened.
func TestKill(t *testing.T) {
	for name, args := range map[string][]string{
		"in worker": nil,
		"streaming": {"resources.fit_in_worker_bytes=0", "resources.shard_rows=1500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := append([]string{
				"input.path=x.npy", "distance=cosine", "sample.target_size=500",
				"levels=[{n_clusters: 300, n_iters: 25, n_resampling_steps: 3, sample_size: 9}, {n_clusters: 20, n_iters: 10, n_resampling_steps: 2, sample_size: 4}]",
			}, args...)
			x := matrix(t, rows(20_000), 4)
			undisturbed := t.TempDir()
			writeFile(t, filepath.Join(undisturbed, "x.npy"), x)
			began := time.Now()
			if r := curate(t, undisturbed, append([]string{"run"}, sets(config...)...)...); r.code != 0 {
				t.Fatalf("exit code %d: %s", r.code, r.stderr)
			}
			took := time.Since(began)
			want := summaryOf(t, undisturbed).Digests

			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, "x.npy"), x)
			random := rand.New(rand.NewPCG(7, 11))
			for range 5 {
				cmd := command(t.Context(), dir, append([]string{"run"}, sets(config...)...)...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				// Later moments too: what is done is skipped, so each run is shorter.
				time.Sleep(time.Duration(random.Float64() * 0.6 * float64(took)))
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			}
			if r := curate(t, dir, append([]string{"run"}, sets(config...)...)...); r.code != 0 {
				t.Fatalf("after the kills: exit code %d: %s", r.code, r.stderr)
			}
			if got := summaryOf(t, dir).Digests; !equalDigests(got, want) {
				t.Errorf("after the kills:\n got %+v\nwant %+v", got, want)
			}
			if found := leftovers(t, dir); len(found) > 0 {
				t.Errorf("left: %v", found)
			}
			t.Logf("an undisturbed run took %v", took)
		})
	}
}

func equalDigests(a, b report.Digests) bool {
	return a.Selection != "" && a.Selection == b.Selection && len(a.Assignments) > 0 &&
		slices.Equal(a.Centroids, b.Centroids) && slices.Equal(a.Assignments, b.Assignments)
}
