package main

import (
	"fmt"
	"testing"
)

// TestFlinkSameBytes: centroids and selection are those of the direct runner, at
// any parallelism and number of iterations in a job, in memory and streamed; and
// those of prism.
func TestFlinkSameBytes(t *testing.T) {
	c := onFlink(t)
	want := undisturbed(t)
	t.Run("prism", func(t *testing.T) {
		dir := input(t)
		args := append(sets(flinkConfig(streamed...)...), "-runner=prism")
		if r := curate(t, dir, append([]string{"run"}, args...)...); r.code != 0 {
			t.Fatalf("exit code %d: %s", r.code, r.stderr)
		}
		if got := summaryOf(t, dir).Digests; !equalDigests(got, want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	})
	for _, tt := range []struct {
		parallelism, iterations int // 0 iterations: the default
		more                    []string
	}{
		{1, 0, nil},
		{4, 12, streamed}, // the faults' runs: 2 and the default
	} {
		t.Run(fmt.Sprintf("parallelism %d, %d a job, streamed %v", tt.parallelism, tt.iterations, tt.more != nil), func(t *testing.T) {
			dir := input(t)
			set := flinkConfig(append([]string{fmt.Sprint("resources.iterations_per_job=", tt.iterations)}, tt.more...)...)
			c.start(t, dir, tt.parallelism, set...).succeed(t, dir, want)
			c.idle(t)
		})
	}
}
