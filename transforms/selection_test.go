package transforms_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/store"
	"leveler/runners"
	"leveler/transforms/collect"
	"leveler/transforms/sample"
	"leveler/transforms/write"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// TestSelection has six rows in two leaves, worked by hand.
func TestSelection(t *testing.T) {
	labels := []int32{0, 0, 0, 0, 1, 1}
	d2 := []float64{4, 1, 9, 1, 0, 2}
	dir := t.TempDir()
	valid := must(store.Commit(dir, "valid", ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, []int64{0, 2, 4}) }))(t)
	int64s := func(v ...int64) store.Ref {
		return must(store.Commit(dir, "sizes", ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, v) }))(t)
	}
	int32s := func(name string, v []int32) store.Ref {
		return must(store.Commit(dir, name, ".npy", func(w io.Writer) error { return npy.WriteInt32s(w, v) }))(t)
	}
	parents := int32s("parents", []int32{0, 0})
	onEngines(t, func(t *testing.T, engine string) {
		for _, rows := range []int{6, 4, 1} {
			var shards []sample.Shard
			for first := 0; first < 6; first += rows {
				last := min(first+rows, 6)
				shards = append(shards, sample.Shard{
					Shard:  points.Shard{Index: len(shards), Rows: int64(last - first), Row: int64(first), Start: int64(first), Source: "x.npy"},
					Labels: int32s("labels", labels[first:last]),
					D2: must(store.Commit(dir, "d2", ".npy", func(w io.Writer) error {
						return npy.WriteFloat64s(w, d2[first:last])
					}))(t),
				})
			}
			for _, tt := range []struct {
				target, multiplier int64
				valid              string
				want               string // row x copies
				failure            string
			}{
				{4, 1, "", "1x1 3x1 4x1 5x1", ""},         // two each; of leaf 0 the closest
				{5, 1, "", "0x1 1x1 3x1 4x1 5x1", ""},     // leaf 1 has no more
				{6, 1, "", "0x1 1x1 2x1 3x1 4x1 5x1", ""}, // all
				{8, 2, "", "0x1 1x1 2x1 3x1 4x2 5x2", ""}, // four each
				{2, 1, valid.Path, "0x1 4x1", ""},         // one each, of rows 0, 2 and 4
				{7, 1, "", "", "sample.target_size is 7, but 6 rows x multiplier 1 allow 6 at most; lower the target or raise sample.multiplier"},
			} {
				p := sample.Params{
					Dir: t.TempDir(), Seed: 1, TargetSize: tt.target, Multiplier: tt.multiplier, Strategy: "c",
					Sizes: int64s(4, 2), Parents: []store.Ref{parents}, Widths: []int{2, 1}, Valid: tt.valid,
				}
				p.Shards = must(sample.CommitShards(p.Dir, shards))(t)
				execute(t, engine, func(s beam.Scope) {
					collect.Manifest(s, write.Selection(s, sample.Cuts(s, p), p), p.Dir, "parts")
				})
				plan, _, err := sample.FindPlan(p.Dir)
				if err != nil || plan == nil || plan.Failure != tt.failure {
					t.Fatalf("target %d: plan %+v, %v", tt.target, plan, err)
				}
				parts, _, err := collect.Find[write.Part](p.Dir, "parts")
				if err != nil || len(parts) != len(shards) {
					t.Fatalf("%d parts of %d: %v", len(parts), len(shards), err)
				}
				var got []string
				for _, part := range parts {
					if part.Rows == 0 {
						continue
					}
					if err := write.ReadRows(part.File, 2, func(rows []write.Row) error {
						for _, r := range rows {
							got = append(got, fmt.Sprintf("%dx%d", r.Row, r.Copies))
							if r.Levels[0] != labels[r.Row] || r.Levels[1] != 0 || r.Distance != float32(math.Sqrt(d2[r.Row])) || r.ID != fmt.Sprint(r.Row) || r.Probability != nil {
								t.Errorf("row %+v", r)
							}
						}
						return nil
					}); err != nil {
						t.Fatal(err)
					}
				}
				if g := strings.Join(got, " "); g != tt.want {
					t.Errorf("target %d x %d in shards of %d:\n got %s\nwant %s", tt.target, tt.multiplier, rows, g, tt.want)
				}
			}
		}
	})
}

func TestManifest(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		dir := t.TempDir()
		result := func(i int, v string) collect.Result { return must(collect.NewResult(i, v))(t) }
		execute(t, engine, func(s beam.Scope) { // in no order; 1 came twice, from a retried bundle
			collect.Manifest(s, beam.CreateList(s, []collect.Result{result(2, "c"), result(1, "b"), result(0, "a"), result(1, "b")}), dir, "it")
		})
		got, _, err := collect.Find[string](dir, "it")
		if err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("got %q, %v", got, err)
		}
		if got, path, err := collect.Find[string](dir, "i"); got != nil || path != "" || err != nil {
			t.Errorf("found %q under a part of the name (%v)", path, err)
		}
		if err := collect.Clear(dir, "it", nil); err != nil {
			t.Fatal(err)
		}
		if got, _, err := collect.Find[string](dir, "it"); got != nil || err != nil {
			t.Errorf("after Clear: %q, %v", got, err)
		}
	})
}

// TestSetOptions: Beam's flags by their names, the command line before the
// configuration.
func TestSetOptions(t *testing.T) {
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(&bytes.Buffer{})
	job, async := fs.String("job_name", "", ""), fs.Bool("async", false, "")
	fs.Bool("wait", false, "")
	fs.Bool("v", false, "ours")
	if err := fs.Parse([]string{"-job_name=given"}); err != nil {
		t.Fatal(err)
	}
	if err := runners.SetOptions(fs, map[string]string{"job_name": "configured", "async": "true"}, "v"); err != nil || *job != "given" || !*async {
		t.Errorf("job_name %q, async %v, %v", *job, *async, err)
	}
	for option, want := range map[string]string{
		"wings": "runner.options.wings: Beam has no such option",
		"v":     "runner.options.v: Beam has no such option",
		"wait":  `runner.options.wait: "x" is no value for it: parse error`,
	} {
		if err := runners.SetOptions(fs, map[string]string{option: "x"}, "v"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
