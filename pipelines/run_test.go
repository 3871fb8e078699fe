package pipelines_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"

	"leveler/configs"
	"leveler/internal/npy"
	"leveler/internal/report"
	"leveler/pipelines"
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

const (
	testRows = 700
	testDim  = 6
)

// points are n rows in clumps of very different sizes, from a fixed sequence.
func points(n int) []float32 {
	state := uint64(3)
	next := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(state>>40) / (1 << 24)
	}
	x := make([]float32, 0, n*testDim)
	for range n {
		clump := math.Floor(12 * math.Pow(next(), 4))
		for j := range testDim {
			x = append(x, float32(math.Sin(clump*float64(j+1))*3+next()))
		}
	}
	return x
}

// folder is a new one with the points cut into files, and levels for them.
type folder struct {
	t   *testing.T
	dir string
}

func newFolder(t *testing.T, x []float32, files int) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	n := len(x) / testDim
	for i := range files {
		lo, hi := i*n/files, (i+1)*n/files
		var b bytes.Buffer
		if err := npy.WriteMatrix(&b, x[lo*testDim:hi*testDim], testDim); err != nil {
			t.Fatal(err)
		}
		f.write(fmt.Sprintf("x-%d.npy", i), b.Bytes())
	}
	return f
}

func (f folder) write(name string, b []byte) {
	f.t.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) indices(name string, v ...int64) {
	f.t.Helper()
	var b bytes.Buffer
	if err := npy.WriteInt64s(&b, v); err != nil {
		f.t.Fatal(err)
	}
	f.write(name, b.Bytes())
}

// run curates with overrides over a configuration of two resampled levels.
func (f folder) run(sets ...string) (*report.Summary, error) {
	f.t.Helper()
	c, err := configs.Load("", append(f.sets(), sets...))
	if err != nil {
		f.t.Fatal(err)
	}
	r := &pipelines.Run{Config: c}
	return r.Curate(f.t.Context())
}

// sets is the configuration of run.
func (f folder) sets() []string {
	return []string{
		"input.path=" + f.dir + "/x-*.npy", "work.dir=" + f.dir + "/work", "output.dir=" + f.dir + "/out",
		"levels=[{n_clusters: 40, n_iters: 6, n_resampling_steps: 2, sample_size: 6}, {n_clusters: 7, n_iters: 6, n_resampling_steps: 2, sample_size: 4, sampling_strategy: r}]",
		"sample.target_size=90", "resources.shard_rows=128",
	}
}

func (f folder) must(sets ...string) *report.Summary {
	f.t.Helper()
	s, err := f.run(sets...)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// digest is what must be equal: the selection, and the centroids and assignments
// of all levels.
func digest(s *report.Summary) string {
	return s.Digests.Selection + " " + strings.Join(slices.Concat(s.Digests.Centroids, s.Digests.Assignments), " ")
}

// TestSameBytes: where and in which portions work runs decides nothing.
func TestSameBytes(t *testing.T) {
	x := points(testRows)
	for _, what := range [][]string{
		{"distance=l2"},
		{"distance=cosine", "sample.multiplier=2", "sample.sampling_strategy=c"},
		{"levels.0.seeding=random", "levels.0.n_clusters=60", "levels.1.seeding=kmeans++"},
	} {
		t.Run(strings.Join(what, " "), func(t *testing.T) {
			want := digest(newFolder(t, x, 1).must(what...))
			for _, where := range []struct {
				files int
				sets  []string
			}{
				{2, nil},
				{7, nil},
				{1, []string{"resources.shard_rows=701"}},
				{1, []string{"resources.shard_rows=31"}},
				{1, []string{"resources.fit_in_worker_bytes=0"}},
				{3, []string{"resources.fit_in_worker_bytes=4000"}}, // the samples fit, the rest does not
				{1, []string{"resources.fit_in_worker_bytes=0", "resources.iterations_per_job=5"}},
				{1, []string{"resources.threads=2"}},
				{1, []string{"runner.name=prism"}},
				{7, []string{"runner.name=prism", "resources.fit_in_worker_bytes=0", "resources.iterations_per_job=5"}},
			} {
				got := digest(newFolder(t, x, where.files).must(append(slices.Clone(what), where.sets...)...))
				if got != want {
					t.Errorf("%d files, %v:\n got %s\nwant %s", where.files, where.sets, got, want)
				}
			}
			before := runtime.GOMAXPROCS(1)
			got := digest(newFolder(t, x, 1).must(what...))
			runtime.GOMAXPROCS(before)
			if got != want {
				t.Errorf("GOMAXPROCS=1:\n got %s\nwant %s", got, want)
			}
		})
	}
}

// reused tells which stages were not done again.
func reused(s *report.Summary) string {
	var names []string
	for _, st := range s.Execution.Stages {
		if st.Reused {
			names = append(names, st.Name)
		}
	}
	return strings.Join(names, " ")
}

// times are the modification times of the selection's files.
func (f folder) times() []time.Time {
	f.t.Helper()
	var out []time.Time
	for _, n := range []string{"indices.npy", "selection.parquet"} {
		st, err := os.Stat(filepath.Join(f.dir, "out", n))
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out, st.ModTime())
	}
	return out
}

const allStages = "embed level-1 level-2 sample write"

func TestRerunDoesWhatChanged(t *testing.T) {
	f := newFolder(t, points(testRows), 2)
	first := f.must()
	if got := reused(first); got != "" {
		t.Errorf("the first run reused %s", got)
	}
	times := f.times()
	for _, tt := range []struct {
		name string
		sets []string
		want string // reused
		same bool   // the selection
	}{
		{"nothing", nil, allStages, true},
		{"where it runs", []string{"runner.name=prism", "resources.shard_rows=50", "resources.fit_in_worker_bytes=0", "resources.threads=1"}, allStages, true},
		{"the target", []string{"sample.target_size=91"}, "embed level-1 level-2", false},
		{"level 2", []string{"levels.1.n_clusters=6"}, "embed level-1", false},
		{"level 1", []string{"levels.0.n_iters=3"}, "embed", false},
		{"the distance", []string{"distance=cosine"}, "", false},
		{"back", nil, "embed level-1 level-2 sample", true},
	} {
		s := f.must(tt.sets...)
		if got := reused(s); got != tt.want {
			t.Errorf("changed %s: reused %q, want %q", tt.name, got, tt.want)
		}
		if same := digest(s) == digest(first); same != tt.same {
			t.Errorf("changed %s: the same selection is %v, want %v", tt.name, same, tt.same)
		}
		if tt.want == allStages && !slices.Equal(f.times(), times) {
			t.Errorf("changed %s: the outputs were written again", tt.name)
		}
	}
}

// TestReplacedOutput: another seed's files of the same size are not taken for
// this one's.
func TestReplacedOutput(t *testing.T) {
	f := newFolder(t, points(testRows), 1)
	indices := func(seed string) []byte {
		f.must("output.formats=[npy]", "seed="+seed)
		b, err := os.ReadFile(filepath.Join(f.dir, "out", "indices.npy"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	one, two := indices("1"), indices("2")
	if len(one) != len(two) || bytes.Equal(one, two) {
		t.Fatal("the test needs two selections of one size")
	}
	if !bytes.Equal(indices("1"), one) {
		t.Error("the first run's selection did not come back")
	}
}

// TestDamagedWorkFolder: what was lost is made again, and no name of an earlier
// run stays.
func TestDamagedWorkFolder(t *testing.T) {
	glob := func(f folder, pattern string) []string {
		paths, err := filepath.Glob(filepath.Join(f.dir, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %v", pattern, paths, err)
		}
		return paths
	}
	truncate := func(f folder, pattern string) {
		if err := os.Truncate(glob(f, pattern)[0], 40); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		damage func(f folder)
		sets   []string
	}{
		{"outputs", func(f folder) { _ = os.RemoveAll(filepath.Join(f.dir, "out")) }, nil},
		{"a truncated labels file", func(f folder) { truncate(f, "work/objects/level-1-*/labels-*.npy") }, nil},
		{"a truncated centroids file", func(f folder) { truncate(f, "work/objects/level-2-*/centroids-*.npy") }, nil},
		{"a truncated embedding", func(f folder) { truncate(f, "work/objects/embed-*/embeddings-*.npy") }, nil},
		{"an embedding, then other shards", func(f folder) { truncate(f, "work/objects/embed-*/embeddings-*.npy") }, []string{"resources.shard_rows=77"}},
		{"a torn manifest", func(f folder) {
			for _, p := range glob(f, "work/stages/*.json") {
				if err := os.Truncate(p, 40); err != nil {
					t.Fatal(err)
				}
			}
		}, nil},
		{"another folder", func(f folder) {
			if err := os.Rename(filepath.Join(f.dir, "work"), filepath.Join(f.dir, "moved")); err != nil {
				t.Fatal(err)
			}
		}, []string{"work.dir=MOVED"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFolder(t, points(testRows), 1)
			const cosine = "distance=cosine" // so that embeddings are written
			want := digest(f.must(cosine))
			tt.damage(f)
			sets := []string{cosine}
			for _, s := range tt.sets {
				sets = append(sets, strings.ReplaceAll(s, "MOVED", f.dir+"/moved"))
			}
			if got := digest(f.must(sets...)); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			// The tree is reused, but the rows that sampling sees may lie otherwise.
			more := digest(f.must(append(sets, "sample.target_size=300")...))
			if fresh := digest(newFolder(t, points(testRows), 1).must(cosine, "sample.target_size=300")); more != fresh {
				t.Errorf("a larger selection afterwards:\n got %s\nwant %s", more, fresh)
			}
		})
	}
}

// TestTornCheckpoint stops a run inside a level, damages the newest checkpoint in
// a way that its size does not show, and goes on.
func TestTornCheckpoint(t *testing.T) {
	x := points(testRows)
	want := digest(newFolder(t, x, 1).must())
	for _, name := range []string{"pass-", "labels-", "centroids-"} {
		f := newFolder(t, x, 1)
		f.stopInLevel1()
		paths, err := filepath.Glob(filepath.Join(f.dir, "work/objects/level-1-*", name+"*"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: no such file (%v)", name, err)
		}
		newest := slices.Max(paths)
		b, err := os.ReadFile(newest)
		if err != nil {
			t.Fatal(err)
		}
		clear(b[len(b)/2:]) // blocks that did not reach the disk read as zeros
		if err := os.WriteFile(newest, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := digest(f.must()); got != want {
			t.Errorf("a torn %s:\n got %s\nwant %s", filepath.Base(newest), got, want)
		}
	}
}

// stopInLevel1 ends a streaming run once it has some passes.
func (f folder) stopInLevel1(sets ...string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.t.Context())
	defer cancel()
	c, err := configs.Load("", append(append(f.sets(), "resources.fit_in_worker_bytes=0"), sets...))
	if err != nil {
		f.t.Fatal(err)
	}
	go func() {
		for ctx.Err() == nil {
			if paths, _ := filepath.Glob(filepath.Join(f.dir, "work/objects/level-1-*/pass-00001[4-9]*")); len(paths) > 0 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	r := &pipelines.Run{Config: c}
	if _, err := r.Curate(ctx); err == nil {
		f.t.Skip("the run was over before it could be stopped")
	}
}
