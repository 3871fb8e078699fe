package fit

import (
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/store"
)

// level is a point set with how to cluster it.
type level struct {
	params Params
	set    *points.Set
	dir    string
}

// newLevel commits the rows of x in the given number of shards, one of which is
// empty when there are more than two.
func newLevel(t testing.TB, x []float32, d, shards int, p Params) *level {
	t.Helper()
	l := &level{params: p, dir: t.TempDir(), set: &points.Set{Dim: d, Rows: int64(len(x) / d), Unit: p.Cosine, MaxAbs: float64(npy.MaxAbs(x))}}
	for i := range shards {
		lo, hi := int(l.set.Rows)*i/shards, int(l.set.Rows)*(i+1)/shards
		if shards > 2 && i == 1 {
			hi = lo
		} else if shards > 2 && i == 2 {
			lo = int(l.set.Rows) / shards
		}
		sh := points.Shard{Index: i, Rows: int64(hi - lo), Start: int64(lo), Row: int64(lo)}
		if hi > lo {
			ref, err := store.CommitCache(l.dir, "rows", ".npy", func(w io.Writer) error { return npy.WriteMatrix(w, x[lo*d:hi*d], d) })
			if err != nil {
				t.Fatal(err)
			}
			sh.Path, sh.File = ref.Path, ref
		}
		l.set.Shards = append(l.set.Shards, sh)
	}
	return l
}

func (l *level) machine(threads int, inWorker int64) *Machine {
	return &Machine{Params: l.params, Set: l.set, Dir: l.dir, Threads: threads, InWorkerBytes: inWorker}
}

func start() *State { return New(store.Ref{SHA256: "a manifest"}) }

// inMemory fits with Machine.Run. see, when not nil, gets every state, complete.
func (l *level) inMemory(t testing.TB, st *State, threads int, see func(*State)) *State {
	t.Helper()
	m := l.machine(threads, math.MaxInt64)
	st, err := m.Run(st, func(st *State, complete func() error) error {
		if see == nil {
			return nil
		}
		if err := complete(); err != nil {
			return err
		}
		see(roundTrip(t, st))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !st.Finished() {
		t.Fatalf("Run ended in phase %s", st.Phase)
	}
	return st
}

// byPasses fits pass by pass: shards in any order over some workers, partials
// encoded, their elements merged in any order. fresh makes each pass begin from
// the serialized state in a new process.
func (l *level) byPasses(t testing.TB, st *State, threads int, seed uint64, fresh bool, see func(*State)) *State {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	m := l.machine(threads, -1)
	for !st.Finished() {
		if see != nil {
			see(roundTrip(t, st))
		}
		if fresh {
			m, st = l.machine(threads, -1), roundTrip(t, st)
		}
		st = l.pass(t, m, st, rnd)
	}
	return st
}

func (l *level) pass(t testing.TB, m *Machine, st *State, rnd *rand.Rand) *State {
	t.Helper()
	next, err := m.Advance(st)
	if err != nil {
		t.Fatal(err)
	}
	if next != st {
		return next
	}
	workers := make([]Partial, 1+rnd.IntN(3))
	for _, shard := range rnd.Perm(len(m.current(st).Shards)) {
		if err := m.Map(st, shard, &workers[rnd.IntN(len(workers))]); err != nil {
			t.Fatal(err)
		}
	}
	var elements [][]byte
	for i := range workers {
		if err := workers[i].Encode(func(b []byte) { elements = append(elements, slices.Clone(b)) }); err != nil {
			t.Fatal(err)
		}
	}
	rnd.Shuffle(len(elements), func(i, j int) { elements[i], elements[j] = elements[j], elements[i] })
	var all Partial
	for _, b := range elements {
		if err := m.Decode(st, &all, b); err != nil {
			t.Fatal(err)
		}
	}
	if next, err = m.Reduce(st, &all); err != nil {
		t.Fatal(err)
	}
	return next
}

// roundTrip is the state as a rerun reads it.
func roundTrip(t testing.TB, st *State) *State {
	t.Helper()
	b, err := json.Marshal(st)
	if err != nil {
		t.Fatal(err)
	}
	out := new(State)
	if err := json.Unmarshal(b, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// outcome is all that a fit decides; nothing in it may depend on where it ran.
type outcome struct {
	Phase      Phase
	Failure    string
	Centroids  []float32
	Labels     []int32
	D2         []float64
	Sizes      []int64
	Iterations []Iteration
	Final      Final
}

func (l *level) outcome(t testing.TB, st *State) outcome {
	t.Helper()
	out := outcome{Phase: st.Phase, Failure: st.Failure, Final: st.Final}
	for _, it := range st.Iterations {
		it.Seconds = 0
		out.Iterations = append(out.Iterations, it)
	}
	if st.Phase == PhaseFailed {
		return out
	}
	out.Centroids = l.centroids(t, st)
	var err error
	if out.Sizes, err = points.ReadInt64s(st.Sizes.Path); err != nil {
		t.Fatal(err)
	}
	for i := range l.set.Shards {
		c, err := loadCarry(st, i)
		if err != nil {
			t.Fatal(err)
		}
		out.Labels, out.D2 = append(out.Labels, c.labels...), append(out.D2, c.d2...)
	}
	return out
}

func (l *level) centroids(t testing.TB, st *State) []float32 {
	t.Helper()
	c, k, d, err := points.ReadMatrix(st.Centroids.Path)
	if err != nil {
		t.Fatal(err)
	}
	if k != l.params.NClusters || d != l.set.Dim {
		t.Fatalf("centroids: got %d x %d want %d x %d", k, d, l.params.NClusters, l.set.Dim)
	}
	return c
}

// from is a state in which Lloyd's iterations begin from the centroids c.
func (l *level) from(t testing.TB, c []float32) *State {
	t.Helper()
	st := start()
	if err := l.machine(1, 0).startLloyd(st, slices.Clone(c), nil); err != nil {
		t.Fatal(err)
	}
	return st
}

// blobs are rows around some centres, of very unequal size, with every seventh
// row a copy of another.
func blobs(seed uint64, n, d, centres int) []float32 {
	rnd := rand.New(rand.NewPCG(seed, 2))
	at := make([]float32, centres*d)
	for i := range at {
		at[i] = float32(10 * rnd.NormFloat64())
	}
	x := make([]float32, 0, n*d)
	for i := range n {
		if i%7 == 6 {
			j := rnd.IntN(i)
			x = append(x, x[j*d:(j+1)*d]...)
			continue
		}
		c := int(float64(centres) * math.Pow(rnd.Float64(), 3))
		for j := range d {
			x = append(x, at[c*d+j]+float32(rnd.NormFloat64()))
		}
	}
	return x
}

func normalised(x []float32, d int) []float32 {
	for i := 0; i < len(x); i += d {
		points.Normalise(x[i : i+d])
	}
	return x
}

func params(k int) Params {
	return Params{
		NClusters: k, NSplits: 1, NIters: 8, NResamplingSteps: 1, SampleSize: 3, SamplingStrategy: Closest,
		Seeding: SeedParallel, EmptyClusters: Relocate, SeedingFlops: 1e12, Level: 1, Seed: 7,
	}
}
