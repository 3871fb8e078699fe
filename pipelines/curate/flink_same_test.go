package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
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
			staged := c.staged(t)
			c.start(t, dir, tt.parallelism, set...).succeed(t, dir, want)
			c.idle(t)
			until(t, "the removal of the workers' programs from the job server", func() bool { return c.staged(t) <= staged })
		})
	}
}

// staged counts the files that the job server keeps for jobs.
func (c cluster) staged(t *testing.T) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(c.run, "art"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
