package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSampleVerb draws again from a finished tree, into another folder.
func TestSampleVerb(t *testing.T) {
	dir := start(t)
	args := []string{"sample", "-config", "config.yaml", "-target_size", "4", "-seed=9", "-set", "output.dir=again"}
	checkFault(t, dir, curate(t, dir, args...), "work holds no finished tree; curate run makes one")
	if r := curate(t, dir, "run", "-config", "config.yaml"); r.code != 0 {
		t.Fatalf("run: %s", r.stderr)
	}
	r := curate(t, dir, args...)
	if r.code != 0 || !strings.HasPrefix(r.stdout, "Selected 4 of 1,000 records") || strings.Count(r.stderr, "already done") != 3 {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, name := range []string{"indices.npy", "selection.parquet", "summary.json", "report.html"} {
		if _, err := os.Stat(filepath.Join(dir, "again", name)); err != nil {
			t.Error(err)
		}
	}
	r = curate(t, dir, append(args, "-set", "seed=7")...)
	if r.code != 1 || !strings.Contains(r.last(), "is not finished in work (stage level-1 is to be done)") {
		t.Errorf("another tree: exit code %d\n%s", r.code, r.stderr)
	}
}
