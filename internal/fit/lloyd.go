package fit

import (
	"math"
	"time"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/store"
)

// mapLloyd assigns the shard's rows and adds them to the sums.
func (m *Machine) mapLloyd(t task, p *Partial) (carry, error) {
	started := time.Now()
	c, err := m.cache.packed(t.st.Centroids)
	if err != nil {
		return carry{}, err
	}
	if p.sums == nil {
		p.sums = m.newSums(t.st)
	}
	guess, before, err := t.guess()
	if err != nil {
		return carry{}, err
	}
	a, done := m.assigner(t)
	defer done()
	if guess != nil {
		a.Guess(guess)
	}
	a.Next(t.x, c, p.sums, m.Threads)
	labels := append([]int32(nil), a.Labels()...)
	m.addInertia(c, t, labels, p)
	p.Moved += moved(before, labels)
	p.Seconds += time.Since(started).Seconds()
	return carry{labels: labels}, nil
}

// guess returns, where it can be told, of which centroid each row may be near, and the labels of
// the iteration before.
func (t task) guess() (guess, before []int32, err error) {
	if t.st.Near.IsZero() {
		return t.in.labels, t.in.labels, nil
	}
	near, err := readVerified(t.st.Near, npy.ReadInt32s)
	if err != nil {
		return nil, nil, err
	}
	guess = make([]int32, len(t.in.labels))
	for i, candidate := range t.in.labels {
		guess[i] = near[candidate]
	}
	return guess, nil, nil
}

// moved counts the labels that changed; before the first pass all did.
func moved(before, after []int32) int64 {
	if before == nil {
		return int64(len(after))
	}
	var n int64
	for i, l := range after {
		if before[i] != l {
			n++
		}
	}
	return n
}

// addInertia adds the squared distances of the rows to their centroids.
func (m *Machine) addInertia(c *kernel.Centroids, t task, labels []int32, p *Partial) []float64 {
	n := len(labels)
	d2 := make([]float64, n)
	sums := make([]fixed.Potential, m.workers(n))
	m.blocks(n, func(worker, lo, hi int, _ *kernel.Scratch) {
		c.Distances(t.x[lo*t.set.Dim:hi*t.set.Dim], labels[lo:hi], d2[lo:hi])
		for _, v := range d2[lo:hi] {
			sums[worker].Add(v)
		}
	})
	for i := range sums {
		p.Potential.Merge(&sums[i])
	}
	return d2
}

// reduceLloyd makes the next centroids of the sums.
func (m *Machine) reduceLloyd(st *State, p *Partial) error {
	it := Iteration{
		Step: st.Step, Iteration: st.Iter, Points: m.current(st).Rows,
		Inertia: p.Potential.Float64(), Moved: p.Moved, Imbalance: imbalance(p.sums.Counts),
	}
	var empty []int32
	for j, n := range p.sums.Counts {
		if n == 0 {
			empty = append(empty, int32(j))
		}
	}
	it.Empty = len(empty)
	st.Iterations = append(st.Iterations[:len(st.Iterations):len(st.Iterations)], it)
	st.Near = store.Ref{}
	if len(empty) > 0 && m.Params.EmptyClusters == Relocate {
		st.Phase, st.Empty, st.Counts = PhaseRelocate, empty, p.sums.Counts
		return nil
	}
	if err := m.update(st, p.sums); err != nil {
		return err
	}
	m.nextIteration(st, p.Moved > 0)
	return nil
}

// update writes the centroids that are the means of the sums; an empty cluster
// keeps its own. In cosine the means are normalised again.
func (m *Machine) update(st *State, sums *fixed.Sums) error {
	c, k, d, err := readMatrix(st.Centroids)
	if err != nil {
		return err
	}
	mean := make([]float32, d)
	for j := range k {
		if !sums.Mean(j, mean) {
			continue
		}
		if m.Params.Cosine && !points.Normalise(mean) {
			continue // rows that cancel have no direction
		}
		copy(c[j*d:], mean)
	}
	st.Centroids, err = m.commitMatrix(st, "centroids", c)
	return err
}

// nextIteration goes on with Lloyd, or with the assignment of all points after
// the last iteration or one that changed nothing.
func (m *Machine) nextIteration(st *State, changed bool) {
	st.Iter++
	st.Phase = PhaseLloyd
	if st.Iter >= m.Params.NIters || !changed {
		st.Phase = PhaseAssign
		m.forget(st)
	}
}

// forget drops what the rows carry: the next pass is over another set, or
// starts afresh.
func (m *Machine) forget(st *State) {
	st.Carry = nil
	if m.resident != nil {
		clear(m.resident.carry)
	}
}

// imbalance is k sum(n^2) / (sum n)^2.
func imbalance(counts []int64) float64 {
	var n, squares float64
	for _, c := range counts {
		n += float64(c)
		squares += float64(float64(c) * float64(c)) // not fused: the checkpoint's bytes hold it
	}
	if n == 0 {
		return math.NaN()
	}
	return float64(len(counts)) * squares / (n * n)
}
