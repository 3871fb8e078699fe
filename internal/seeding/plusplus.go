package seeding

import (
	"fmt"
	"math"
	"slices"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
	"leveler/internal/rng"
)

// A Choice is what a seeding by rows returns.
type Choice struct {
	Rows []int // distinct, in the order chosen
	// Near says for each row which of Rows it is near: of PlusPlus the nearest, of Cells the nearest
	// of its cell, if that has any. It is a guess of the row's cluster, or nil where k is zero.
	Near []int32
}

// PlusPlus seeds by greedy k-means++: the first row is drawn by weight, and each
// further step draws Trials(k) rows with probability in proportion to
// weight x D^2 and keeps the one that leaves the smallest potential, ties to the
// first trial. x holds rows of d values; weights nil means 1 for each; a row of
// weight zero is never chosen. It chooses k rows, or returns a *TooFewError.
//
// D^2 is the float64 specification (the squares summed in the order of the
// dimensions), a term round(float64(weight x D^2) 2^s) with s chosen in each step
// from the largest term, potentials are sums of those integers, and a draw
// inverts their prefix sum: the result is the same for any number of threads and
// any instruction set. Most distances are never evaluated (see step).
//
// Greedy trials: Arthur and Vassilvitskii 2007, section 5; analysed by
// Bhattacharya et al. 2020.
func PlusPlus(x []float32, d int, weights []int64, k int, key Key, threads int) (Choice, error) {
	return plusPlus(x, d, weights, k, Trials(k), key, threads)
}

func plusPlus(x []float32, d int, weights []int64, k, trials int, key Key, threads int) (Choice, error) {
	if d < 1 || len(x)%d != 0 || weights != nil && len(weights) != len(x)/d {
		panic(fmt.Sprintf("seeding: %d values in rows of %d with %d weights", len(x), d, len(weights)))
	}
	if k <= 0 {
		return Choice{}, nil
	}
	g := newGreedy(x, d, weights, k, trials, key, threads)
	first, ok := g.first()
	if !ok {
		return Choice{}, &TooFewError{Want: k}
	}
	g.begin(first)
	for len(g.chosen) < k {
		if !g.step() {
			return Choice{}, &TooFewError{Want: k, Found: len(g.chosen)}
		}
	}
	return Choice{g.chosen, g.near}, nil
}

// blockRows is the number of rows whose terms are summed together: a draw walks
// the sums of blocks and then one block.
const blockRows = 256

// greedy is the state of one greedy k-means++.
type greedy struct {
	x       []float32
	d, m, k int
	weights []int64
	trials  int
	key     Key
	threads int
	bounds  bounds
	coarse  *coarse // or nil: sums8 only

	chosen  []int
	rows    []float32 // the chosen rows, one after another
	d2      []float64 // to the nearest chosen row
	near    []int32   // which one: its place in chosen
	limit   []float32 // a float32 distance not below it proves >= d2
	terms   []uint64  // round(weight d2 2^shift)
	shift   int
	sums    []fixed.U128 // of the terms of each block
	largest []float64    // weight d2 of each block

	spare    bool // whether reach was measured in this step
	active   int  // rows that it left when last measured
	workers  []worker
	reach    []float32
	trialed  []int
	panels   []float32
	panels16 []int16
	terms16  []trialTerms
	list     []int32 // 0, 1, 2 …
}

// worker is what one thread finds in its rows in one step.
type worker struct {
	number      int
	first, last int // its rows
	active      []int32
	sums        []float32
	masks       []uint8
	open        []int32
	found       [][]improvement // by trial
	gain        []fixed.U128
}

// An improvement is a row that a trial is nearer to than all chosen rows.
type improvement struct {
	row int32
	d2  float64
}

func newGreedy(x []float32, d int, weights []int64, k, trials int, key Key, threads int) *greedy {
	m := len(x) / d
	blocks := (m + blockRows - 1) / blockRows
	g := &greedy{
		x: x, d: d, m: m, k: k, weights: weights, trials: trials, key: key,
		bounds: newBounds(x, d),
		d2:     make([]float64, m), near: make([]int32, m), limit: make([]float32, m), terms: make([]uint64, m),
		sums: make([]fixed.U128, blocks), largest: make([]float64, blocks),
		reach: make([]float32, 0, k), panels: make([]float32, 0, (trials+lanes-1)/lanes*lanes*d),
	}
	if g.bounds.usable && coarsePays(d) {
		g.coarse = newCoarse(x, d)
		g.panels16 = make([]int16, (trials+lanes-1)/lanes*lanes*g.coarse.d)
	}
	// A step ends in three barriers; below some 8 blocks a thread's share is
	// not worth them.
	g.threads = max(1, min(threads, blocks/8))
	for t := range g.threads {
		w := worker{
			number: t,
			first:  blocks * t / g.threads * blockRows,
			last:   min(m, blocks*(t+1)/g.threads*blockRows),
			found:  make([][]improvement, trials), gain: make([]fixed.U128, trials),
		}
		w.active = make([]int32, 0, w.last-w.first)
		w.sums, w.masks = make([]float32, lanes*chunk), make([]uint8, chunk)
		w.open = make([]int32, 0, chunk)
		g.workers = append(g.workers, w)
	}
	return g
}

func (g *greedy) row(i int) []float32 { return g.x[i*g.d : (i+1)*g.d] }

func (g *greedy) term(i int) float64 {
	if g.weights == nil {
		return g.d2[i]
	}
	return float64(float64(g.weights[i]) * g.d2[i])
}

// first draws the first row by weight.
func (g *greedy) first() (int, bool) {
	h := g.key.hash(rng.PurposeFirstCentroid)
	if g.weights == nil {
		if g.m == 0 {
			return 0, false
		}
		return int(g.key.First(int64(g.m))), true
	}
	var total fixed.U128
	for i, w := range g.weights {
		if w < 0 {
			panic(fmt.Sprintf("seeding: weight %d of row %d", w, i))
		}
		total = total.Add(uint64(w))
	}
	if total.IsZero() {
		return 0, false
	}
	target := total.Draw(h)
	var sum fixed.U128
	for i, w := range g.weights {
		if sum = sum.Add(uint64(w)); target.Less(sum) {
			return i, true
		}
	}
	panic("seeding: a target beyond the total")
}

// begin makes row i the first chosen one.
func (g *greedy) begin(i int) {
	g.choose(i)
	g.parallel(func(w *worker) {
		for r := w.first; r < w.last; r++ {
			g.d2[r] = kernel.SquaredDistance(g.row(r), g.row(i))
			g.setLimit(r)
		}
		for b := w.first / blockRows; b*blockRows < w.last; b++ {
			g.rescan(b)
		}
	})
}

// setLimit renews what rules out trials for row r, after its d2 changed.
func (g *greedy) setLimit(r int) {
	g.limit[r] = g.bounds.limit(g.d2[r])
	if g.coarse != nil {
		g.coarse.setOwn(r, g.d2[r])
	}
}

func (g *greedy) choose(i int) {
	g.chosen = append(g.chosen, i)
	g.rows = append(g.rows, g.row(i)...)
}

// rescan recomputes the terms of block b: its largest and its sum.
func (g *greedy) rescan(b int) {
	last := min(g.m, (b+1)*blockRows)
	var top float64
	for r := b * blockRows; r < last; r++ {
		top = max(top, g.term(r))
	}
	g.largest[b] = top
	g.resum(b)
}

func (g *greedy) resum(b int) {
	last := min(g.m, (b+1)*blockRows)
	var sum fixed.U128
	for _, q := range g.terms[b*blockRows : last] {
		sum = sum.Add(q)
	}
	g.sums[b] = sum
}

// rescale brings the terms to the scale of the largest one. The scale only
// grows, so this happens as often as the largest term has halved.
func (g *greedy) rescale(first bool) bool {
	top := slices.Max(g.largest)
	if top == 0 {
		return false
	}
	shift := fixed.ChooseShift(top)
	if !first && shift == g.shift {
		return true
	}
	g.shift = shift
	g.parallel(func(w *worker) {
		for r := w.first; r < w.last; r++ {
			g.terms[r] = fixed.Quantise(g.term(r), shift)
		}
		for b := w.first / blockRows; b*blockRows < w.last; b++ {
			g.resum(b)
		}
	})
	return true
}

// draw returns the row at a target in the prefix sum of the terms.
func (g *greedy) draw(target fixed.U128) int {
	var sum fixed.U128
	for b, s := range g.sums {
		next := sum.Plus(s)
		if !target.Less(next) {
			sum = next
			continue
		}
		for r := b * blockRows; ; r++ {
			if sum = sum.Add(g.terms[r]); target.Less(sum) {
				return r
			}
		}
	}
	panic("seeding: a target beyond the total")
}

// step chooses one more row; it returns false when no row is left that differs
// from all chosen ones.
func (g *greedy) step() bool {
	if !g.rescale(len(g.chosen) == 1) {
		return false
	}
	var total fixed.U128
	for _, s := range g.sums {
		total = total.Plus(s)
	}
	g.trialed = g.trialed[:0]
	for t := range g.trials {
		r := g.draw(total.Draw(g.key.trial(len(g.chosen), t)))
		if !slices.Contains(g.trialed, r) { // the first of equals wins anyway
			g.trialed = append(g.trialed, r)
		}
	}
	g.fillPanels()
	g.measureReach()
	g.parallel(func(w *worker) { g.try(w) })

	if g.spare {
		g.active = 0
		for i := range g.workers {
			g.active += len(g.workers[i].active)
		}
	}
	best, bestGain := 0, fixed.U128{}
	for t := range g.trialed {
		var gain fixed.U128
		for i := range g.workers {
			gain = gain.Plus(g.workers[i].gain[t])
		}
		if bestGain.Less(gain) {
			best, bestGain = t, gain
		}
	}
	place := int32(len(g.chosen))
	g.choose(g.trialed[best])
	g.parallel(func(w *worker) { g.apply(w, w.found[best], place) })
	return true
}

// apply moves the improved rows to the chosen row at place.
func (g *greedy) apply(w *worker, found []improvement, place int32) {
	dirty := -1 // block; the rows are in order
	for _, f := range found {
		r := int(f.row)
		if b := r / blockRows; b != dirty {
			if dirty >= 0 {
				g.rescan(dirty)
			}
			dirty = b
		}
		g.d2[r], g.near[r] = f.d2, place
		g.setLimit(r)
		g.terms[r] = fixed.Quantise(g.term(r), g.shift)
	}
	if dirty >= 0 {
		g.rescan(dirty)
	}
}

var inf32 = float32(math.Inf(1))
