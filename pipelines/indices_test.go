package pipelines_test

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"leveler/internal/npy"
)

func TestIndicesAndBadRows(t *testing.T) {
	x := points(testRows)
	f := newFolder(t, x, 3)
	var even, third []int64
	for i := int64(testRows - 1); i >= 0; i-- { // in no order
		if i%2 == 0 {
			even = append(even, i)
		}
		if i%3 == 0 {
			third = append(third, i)
		}
	}
	f.indices("even.npy", even...)
	f.indices("third.npy", third...)
	s := f.must("input.subset_indices_path="+f.dir+"/even.npy", "sample.valid_indices_path="+f.dir+"/third.npy")
	if s.Input.Rows != testRows || s.Input.Eligible != testRows/2 || s.Sample.Copies != 90 {
		t.Errorf("%d rows, %d eligible, %d copies", s.Input.Rows, s.Input.Eligible, s.Sample.Copies)
	}
	for _, i := range f.selected() {
		if i%6 != 0 {
			t.Errorf("row %d was selected; want multiples of 6", i)
		}
	}

	bad := slices.Clone(x)
	bad[17*testDim+3] = float32(math.NaN())
	bad[600*testDim] = float32(math.Inf(1))
	g := newFolder(t, bad, 2)
	_, err := g.run()
	if want := g.dir + "/x-0.npy: row 17: NaN in column 3 (and 1 more bad rows, all in " + g.dir + "/out/bad_records.parquet); mend it, or set input.on_bad_row: drop"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	s = g.must("input.on_bad_row=drop", "sample.target_size=698")
	if s.Input.Bad.Count != 2 || s.Input.Eligible != 698 {
		t.Errorf("%d bad, %d eligible; want 2, 698", s.Input.Bad.Count, s.Input.Eligible)
	}
	if got := g.selected(); len(got) != 698 || slices.Contains(got, 17) || slices.Contains(got, 600) {
		t.Errorf("%d rows selected, the bad ones among them: %v %v", len(got), slices.Contains(got, 17), slices.Contains(got, 600))
	}
	without := newFolder(t, bad, 5)
	if got := without.must("input.on_bad_row=drop", "sample.target_size=698", "resources.shard_rows=33", "resources.fit_in_worker_bytes=0"); digest(got) != digest(s) {
		t.Error("with bad rows, other shards give another selection")
	}
}

// TestMultiplier: rows are taken as often as it takes, and never more.
func TestMultiplier(t *testing.T) {
	f := newFolder(t, points(testRows), 1)
	s := f.must("sample.target_size=1400", "sample.multiplier=2")
	if s.Sample.Copies != 1400 || s.Sample.Selected != testRows {
		t.Errorf("%d copies of %d rows; want 1400 of 700", s.Sample.Copies, s.Sample.Selected)
	}
	s = f.must("sample.target_size=1000", "sample.multiplier=2")
	counts := map[int64]int{}
	for _, i := range f.selected() {
		counts[i]++
		if counts[i] > 2 {
			t.Fatalf("row %d was taken %d times", i, counts[i])
		}
	}
	if int64(len(counts)) != s.Sample.Selected || s.Sample.Copies != 1000 {
		t.Errorf("%d rows in indices.npy, %d in the summary; %d copies", len(counts), s.Sample.Selected, s.Sample.Copies)
	}
}

// selected reads indices.npy.
func (f folder) selected() []int64 {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join(f.dir, "out", "indices.npy"))
	if err != nil {
		f.t.Fatal(err)
	}
	v, err := npy.ReadInt64s(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		f.t.Fatal(err)
	}
	if !slices.IsSorted(v) {
		f.t.Error("indices.npy is not ascending")
	}
	return v
}

// TestStaleNames: names of parts and levels that an earlier configuration left
// are gone.
func TestStaleNames(t *testing.T) {
	f := newFolder(t, points(testRows), 1)
	f.must("distance=cosine", "resources.shard_rows=50")
	f.must("levels=[{n_clusters: 10, n_iters: 3}]", "resources.shard_rows=350")
	for pattern, want := range map[string]int{"level-1/assignments/*": 2, "level-1/distances/*": 2, "level-2/*.npy": 0, "level-2/assignments/*": 0, "embeddings/*": 0} {
		if got, _ := filepath.Glob(filepath.Join(f.dir, "work", pattern)); len(got) != want {
			t.Errorf("%s: %d files, want %d", pattern, len(got), want)
		}
	}
}
