// Package transforms_test tests the transforms together: one binary links Beam
// once, and every pipeline runs on both local engines.
package transforms_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"leveler/internal/fit"
	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/runners"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
	"leveler/transforms/embed"
	"leveler/transforms/kmeans"
	"leveler/transforms/pass"
	"leveler/transforms/resample"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/vet"
)

func TestMain(m *testing.M) {
	flag.Parse()
	beam.Init()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // after Init, which sets its own
	beamlog.SetLogger(silent{})
	os.Exit(m.Run())
}

type silent struct{}

func (silent) Log(context.Context, beamlog.Severity, int, string) {}

// onEngines runs a test on both local engines: direct neither encodes elements
// nor DoFns, and so hides what prism shows.
func onEngines(t *testing.T, f func(t *testing.T, engine string)) {
	for _, engine := range []string{"direct", "prism"} {
		t.Run(engine, func(t *testing.T) { f(t, engine) })
	}
}

// execute runs a pipeline and checks that all it has is registered, or it would
// run by reflection, many times slower.
func execute(t *testing.T, engine string, build func(s beam.Scope)) {
	t.Helper()
	p, s := beam.NewPipelineWithRoot()
	build(s)
	e, err := vet.Evaluate(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if !e.Performant() {
		t.Fatalf("not everything is registered: %+v", e)
	}
	checkPortable(t, p)
	if err := runners.Run(t.Context(), engine, p); err != nil {
		t.Fatal(err)
	}
}

// must is for calls that have no reason to fail.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

const dim = 3

// clumps are n rows around a few centres, from a fixed sequence.
func clumps(n int) []float32 {
	state := uint64(9)
	next := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>40) / (1 << 24)
	}
	x := make([]float32, 0, n*dim)
	for range n {
		c := math.Floor(9 * math.Pow(next(), 3))
		for j := range dim {
			x = append(x, float32(c*float64(j+1)+next()))
		}
	}
	return x
}

// commitSet makes a set of shards of x.
func commitSet(t *testing.T, dir string, x []float32, rows int) (*points.Set, store.Ref) {
	t.Helper()
	n := len(x) / dim
	set := &points.Set{Dim: dim, Rows: int64(n), MaxAbs: float64(npy.MaxAbs(x)), Digest: "test"}
	for first := 0; first < n; first += rows {
		last := min(first+rows, n)
		i := len(set.Shards)
		ref := must(store.Commit(dir, fmt.Sprintf("x-%d", i), ".npy", func(w io.Writer) error {
			return npy.WriteMatrix(w, x[first*dim:last*dim], dim)
		}))(t)
		set.Shards = append(set.Shards, points.Shard{
			Index: i, Path: ref.Path, File: ref, Rows: int64(last - first), Start: int64(first), Row: int64(first),
		})
	}
	return set, must(set.Commit(dir, "set"))(t)
}

// outcome is what a finished fit leaves, whatever its files are called.
func outcome(t *testing.T, st *fit.State) string {
	t.Helper()
	if st.Phase != fit.PhaseDone {
		t.Fatalf("the fit ended in phase %s: %s", st.Phase, st.Failure)
	}
	out := fmt.Sprint(st.Centroids.SHA256, st.Sizes.SHA256, st.Final, len(st.Iterations))
	for _, it := range st.Iterations {
		out += fmt.Sprint(" ", it.Step, it.Iteration, it.Points, it.Inertia, it.Moved, it.Empty, it.Relocated)
	}
	for _, c := range st.Carry {
		out += " " + c.Labels.SHA256 + c.D2.SHA256
	}
	return out
}

// newest is the state of the most passes in dir.
func newest(t *testing.T, dir string) (*fit.State, string) {
	t.Helper()
	paths := must(filepath.Glob(filepath.Join(dir, "pass-*")))(t)
	path := slices.Max(paths)
	return must(fit.ReadState(path))(t), path
}

// TestStepsEqualTheMachine: chained or unrolled, over storage or in the reducer,
// the transforms end in the state that one process reaches in memory.
func TestStepsEqualTheMachine(t *testing.T) {
	dir := t.TempDir()
	set, manifest := commitSet(t, dir, clumps(500), 90)
	p := fit.Params{
		NClusters: 24, NSplits: 1, NIters: 5, NResamplingSteps: 3, SampleSize: 5, SamplingStrategy: fit.Closest,
		Seeding: fit.SeedParallel, EmptyClusters: fit.Relocate, SeedingFlops: 1e12, Level: 1, Seed: 5,
	}
	for _, seeding := range []string{fit.SeedParallel, fit.SeedRandom} {
		p.Seeding = seeding
		m := fit.Machine{Params: p, Set: set, Dir: t.TempDir(), Threads: 2, InWorkerBytes: 1 << 30}
		want := outcome(t, must(m.Run(fit.New(manifest), nil))(t))
		onEngines(t, func(t *testing.T, engine string) {
			for _, unrolled := range []int{1, 5} {
				for _, inWorker := range []int64{0, 2000, 1 << 30} {
					got := chain(t, engine, p, set, manifest, unrolled, inWorker)
					if got != want {
						t.Errorf("%s, %d steps a pipeline, %d bytes in a worker:\n got %s\nwant %s", seeding, unrolled, inWorker, got, want)
					}
				}
			}
		})
	}
}

// chain runs pipelines until the fit has finished, as pipelines.Run does.
func chain(t *testing.T, engine string, p fit.Params, set *points.Set, manifest store.Ref, unrolled int, inWorker int64) string {
	t.Helper()
	params := pass.Params{Fit: p, Manifest: manifest.Path, Dir: t.TempDir(), Threads: 2, InWorkerBytes: inWorker}
	defer pass.Forget()
	if _, err := fit.New(manifest).Commit(params.Dir); err != nil {
		t.Fatal(err)
	}
	for range 200 {
		st, path := newest(t, params.Dir)
		if st.Finished() {
			return outcome(t, st)
		}
		execute(t, engine, func(s beam.Scope) {
			state := beam.Create(s, path)
			if st.Phase == fit.PhasePick || st.Phase == fit.PhaseGather {
				state = resample.Sample(s, state, params)
			}
			for range unrolled {
				state = kmeans.Step(s, state, params)
			}
		})
	}
	t.Fatal("the fit does not end")
	return ""
}

// text writes files of records and lists them.
func text(t *testing.T) []records.File {
	t.Helper()
	dir := t.TempDir()
	for i, s := range []string{"one line of words\nanother\n\nna\xefve\nthe third\n", "", "some other file\nwith four\nmore lines\nin it"} {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.txt", i)), []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return must(records.Expand(dir+"/...", records.Filter{}))(t)
}

var textOptions = records.Options{Format: "text"}.WithDefaults()

func TestRecords(t *testing.T) {
	files := text(t)
	onEngines(t, func(t *testing.T, engine string) {
		var digests []string
		dir := t.TempDir()
		for _, rows := range []int64{3, 100, 2, 3} { // the last finds the first's parts
			if err := errors.Join(collect.Clear(dir, "index", nil), decode.ClearMarks(dir, nil)); err != nil {
				t.Fatal(err)
			}
			if n := decode.Indexed(dir); n != 0 {
				t.Errorf("%d files done before the pass", n)
			}
			execute(t, engine, func(s beam.Scope) {
				indexed := decode.Index(s, beam.CreateList(s, must(decode.Batches(dir, files))(t)), decode.Params{Options: textOptions, Every: rows, Threads: 2, Dir: dir})
				collect.Manifest(s, indexed, dir, "index")
			})
			batches, _, err := collect.Find[[]decode.FileIndex](dir, "index")
			if err != nil || len(batches) != 1 || len(batches[0]) != len(files) {
				t.Fatalf("%d batches: %v", len(batches), err)
			}
			if n := decode.Indexed(dir); n != int64(len(files)) {
				t.Errorf("%d files done, want %d", n, len(files))
			}
			cut := must(decode.Shards(dir, batches[0], rows))(t)
			shards := decode.Groups(cut)
			d := embed.Duplicates{Dir: dir, Shards: len(cut), Partitions: 4}
			if err := d.Clear(nil); err != nil {
				t.Fatal(err)
			}
			parts := embedParts(t, engine, dir, func(s beam.Scope) beam.PCollection {
				return d.Apply(s, embed.Records(s, beam.CreateList(s, shards), embed.Params{Dir: dir, Kind: "builtin", Medium: records.MediumText, Dim: 16, Threads: 2, Seed: 1}, textOptions))
			})
			var sum points.Digest
			var bad []embed.BadRow
			var good int64
			for _, p := range parts {
				sum.Merge(p.Digest)
				bad = append(bad, p.Bad...)
				good += p.Shard.Rows
			}
			// 4 + 0 + 4 lines; Row 2, on line 4, is no UTF-8.
			if good != 7 || len(bad) != 1 || bad[0].Row != 2 || bad[0].Line != 4 || !strings.HasSuffix(bad[0].Path, "0.txt") {
				t.Errorf("shards of %d rows: %d good rows, bad %+v", rows, good, bad)
			}
			digests = append(digests, sum.String())
		}
		if digests[0] != digests[1] || digests[0] != digests[2] {
			t.Errorf("the rows depend on the shards: %v", digests)
		}
	})
}

// embedParts runs an embedding to its manifest.
func embedParts(t *testing.T, engine, dir string, build func(s beam.Scope) beam.PCollection) []embed.Part {
	t.Helper()
	if err := collect.Clear(dir, "points", nil); err != nil {
		t.Fatal(err)
	}
	execute(t, engine, func(s beam.Scope) { collect.Manifest(s, build(s), dir, "points") })
	parts, _, err := collect.Find[embed.Part](dir, "points")
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestPrecomputed(t *testing.T) {
	x := clumps(10)
	x[4*dim+1] = float32(math.NaN())
	clear(x[6*dim : 7*dim])
	src := t.TempDir()
	file := must(store.Commit(src, "x", ".npy", func(w io.Writer) error { return npy.WriteMatrix(w, x, dim) }))(t)
	subset := must(store.Commit(src, "subset", ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, []int64{0, 1, 4, 5, 6, 9}) }))(t)
	shards := func(rows int64) (out []points.Shard) {
		for first := int64(0); first < 10; first += rows {
			out = append(out, points.Shard{Index: len(out), Path: file.Path, First: first, Rows: min(rows, 10-first), Row: first})
		}
		return out
	}
	onEngines(t, func(t *testing.T, engine string) {
		for _, tt := range []struct {
			name      string
			p         embed.Params
			good, bad int64 // of 10 rows: one NaN, and a zero one that only cosine minds
			excluded  int64
		}{
			{"l2", embed.Params{}, 9, 1, 0},
			{"cosine", embed.Params{Cosine: true}, 8, 2, 0},
			{"a subset in cosine", embed.Params{Cosine: true, Subset: subset.Path}, 4, 2, 4},
		} {
			p := tt.p
			p.Dir, p.Dim = t.TempDir(), dim
			var digests []string
			for _, rows := range []int64{4, 10, 1, 4} { // every attempt finds the parts of those before
				before := must(filepath.Glob(p.Dir + "/part-*"))(t)
				parts := embedParts(t, engine, p.Dir, func(s beam.Scope) beam.PCollection {
					return embed.Precomputed(s, beam.CreateList(s, shards(rows)), p)
				})
				if after := must(filepath.Glob(p.Dir + "/part-*"))(t); len(digests) == 3 && len(after) != len(before) {
					t.Errorf("%s: committed shards were made again: %d files, then %d", tt.name, len(before), len(after))
				}
				var d points.Digest
				var good, bad, excluded int64
				for _, part := range parts {
					d.Merge(part.Digest)
					good, bad, excluded = good+part.Shard.Rows, bad+part.BadCount, excluded+part.Excluded
					checkPart(t, part, x, p.Cosine)
				}
				if good != tt.good || bad != tt.bad || excluded != tt.excluded {
					t.Errorf("%s, shards of %d: %d good, %d bad, %d excluded; want %d, %d, %d", tt.name, rows, good, bad, excluded, tt.good, tt.bad, tt.excluded)
				}
				digests = append(digests, d.String())
			}
			for _, d := range digests[1:] {
				if d != digests[0] {
					t.Errorf("%s: the rows depend on the shards: %v", tt.name, digests)
				}
			}
		}
	})
}

// checkPart compares a part's rows with those of the input by their numbers.
func checkPart(t *testing.T, part embed.Part, x []float32, cosine bool) {
	t.Helper()
	got := must(part.Shard.Read(dim, nil))(t)
	if part.Shard.Rows == 0 {
		return
	}
	number := must(part.Shard.RowNumbers())(t)
	for i := range int(part.Shard.Rows) {
		want := slices.Clone(x[number(i)*dim:][:dim])
		if cosine {
			points.Normalise(want)
		}
		if !slices.Equal(got[i*dim:(i+1)*dim], want) {
			t.Errorf("row %d is %v, want %v", number(i), got[i*dim:(i+1)*dim], want)
		}
	}
}
