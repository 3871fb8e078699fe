package pipelines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/report"
	"leveler/pipelines"
)

// redraw is run with curate sample.
func (f folder) redraw(sets ...string) (*report.Summary, error) {
	f.t.Helper()
	c, err := configs.Load("", append(f.sets(), sets...))
	if err != nil {
		f.t.Fatal(err)
	}
	r := &pipelines.Run{Config: c}
	return r.Redraw(f.t.Context())
}

// TestRedraw: another size or seed comes from the tree as it is, and equals what
// a whole run with that size and seed selects.
func TestRedraw(t *testing.T) {
	f := newFolder(t, points(testRows), 2)
	first := f.must()
	for _, tt := range []struct {
		name string
		sets []string
		same bool
	}{
		{"nothing changed", nil, true},
		{"a seed of its own that is the run's", []string{"sample.seed=1"}, true},
		{"another seed", []string{"sample.seed=2"}, false},
		{"another size", []string{"sample.target_size=200"}, false},
		{"copies", []string{"sample.target_size=800", "sample.multiplier=3"}, false},
	} {
		out := filepath.Join(f.dir, "again", strings.ReplaceAll(tt.name, " ", "-"))
		s, err := f.redraw(append(tt.sets, "output.dir="+out)...)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := reused(s); !strings.HasPrefix(got, "embed level-1 level-2") {
			t.Errorf("%s: reused %q", tt.name, got)
		}
		if same := digest(s) == digest(first); same != tt.same {
			t.Errorf("%s: the same selection is %v, want %v", tt.name, same, tt.same)
		}
		if fresh := newFolder(t, points(testRows), 1).must(tt.sets...); digest(fresh) != digest(s) {
			t.Errorf("%s: a whole run selects otherwise:\n got %s\nwant %s", tt.name, digest(s), digest(fresh))
		}
		if _, err := os.Stat(filepath.Join(out, "indices.npy")); err != nil {
			t.Error(err)
		}
	}
	if s := f.must(); reused(s) != allStages {
		t.Errorf("the first selection was touched: reused %q", reused(s))
	}
}

// TestRedrawWithAutoLevels: they follow from the target, but the tree is there.
func TestRedrawWithAutoLevels(t *testing.T) {
	f := newFolder(t, points(testRows), 1)
	f.must("levels=auto")
	s, err := f.redraw("levels=auto", "sample.target_size=30")
	if err != nil {
		t.Fatal(err)
	}
	if got := reused(s); got != "embed level-1 level-2" || s.Sample.Copies != 30 {
		t.Errorf("reused %q, %d copies", got, s.Sample.Copies)
	}
}

func TestRedrawRefuses(t *testing.T) {
	f := newFolder(t, points(testRows), 1)
	if _, err := f.redraw(); err == nil || !strings.HasSuffix(err.Error(), "holds no finished tree; curate run makes one") {
		t.Errorf("an empty work folder: %v", err)
	}
	if _, err := os.Stat(filepath.Join(f.dir, "work")); err == nil {
		t.Error("a work folder was made")
	}
	f.must()
	for _, set := range []string{"seed=2", "distance=cosine", "levels.1.n_clusters=6"} {
		_, err := f.redraw(set)
		if err == nil || !strings.Contains(err.Error(), "is not finished in") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want a refusal in one line", set, err)
		}
	}
	f.stopInLevel1("seed=3")
	if _, err := f.redraw("seed=3"); err == nil || !strings.Contains(err.Error(), "stage level-1 is to be done") {
		t.Errorf("an unfinished level: %v", err)
	}
}
