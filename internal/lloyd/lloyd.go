// Package lloyd carries what one worker may remember between the iterations of
// k-means over the same rows: their labels, bounds of their distances, and their
// sums. All of it is a cache: labels and sums are those of a fresh Assigner, bit
// for bit, because the kernel's labels are exact, a row is left alone only where
// its bounds prove its label, and integer sums do not depend on their order.
//
// # Memory
//
// An Assigner holds 8 bytes per row for labels, 8 more for bounds, 8 in all for
// each row that bounds leave open (its place in two lists) and, where it pays, one
// copy of the sums. It adds no accumulator per thread: threads share the sums by
// cluster. Per centroid it holds some 200 bytes, its neighbours, and per thread
// a kernel.Scratch. WithoutBounds leaves the labels and the sums.
package lloyd

import (
	"fmt"
	"sync"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// Assigner assigns the same rows to one set of centroids after another. It is
// not safe for concurrent use; Next itself runs on several goroutines.
type Assigner struct {
	// Lean says not to keep a copy of the sums between calls. It may be as large
	// as the rows themselves: too much for an Assigner of rows that are read anew
	// for each call, one of many.
	Lean bool

	n, d    int
	labels  []int32
	added   []int32     // the label under which running holds each row, or -1
	running *fixed.Sums // sums of the rows by added, or nil
	workers []worker    // while Next runs
	prune   prune
	old     *kernel.Centroids // of the last Next; nil before the first
	guessed bool              // labels are of Guess
}

// NewAssigner returns an Assigner of n rows of d dimensions.
func NewAssigner(n, d int) *Assigner {
	if n < 0 || d < 1 {
		panic(fmt.Sprintf("lloyd: NewAssigner: %d rows of %d dimensions", n, d))
	}
	return &Assigner{n: n, d: d, labels: make([]int32, n)}
}

// workspace is what Next needs while it runs. Assigners share them.
type workspace struct {
	workers []worker
	tables  *tables
}

var workspaces sync.Pool

func takeWorkspace(threads int) *workspace {
	w, _ := workspaces.Get().(*workspace)
	if w == nil {
		w = &workspace{tables: new(tables)}
	}
	for len(w.workers) < threads {
		w.workers = append(w.workers, worker{})
	}
	return w
}

// WithoutBounds makes every pass assign all rows, which saves up to 16 bytes per row. It
// returns a.
func (a *Assigner) WithoutBounds() *Assigner {
	a.prune = prune{off: true}
	return a
}

// Guess tells, before the first Next, of which centroid each row may be near: what that finds
// does not depend on it, but rows whose guess is good meet few centroids. It panics when the
// guesses are not one a row. After Next, of whose labels the next call knows more, it does nothing.
func (a *Assigner) Guess(labels []int32) {
	if len(labels) != a.n {
		panic(fmt.Sprintf("lloyd: Guess: %d guesses for %d rows", len(labels), a.n))
	}
	if a.old == nil {
		copy(a.labels, labels)
		a.guessed = true
	}
}

// Labels returns the labels of the last Next, which the next one overwrites.
func (a *Assigner) Labels() []int32 { return a.labels }

// Next assigns every row of x, the same n x d rows at every call, to its nearest
// centroid of c, with the given number of goroutines. It adds every row to sums
// under its new label unless sums is nil, and returns how many labels differ
// from those of the previous call: all n at the first. It keeps c until the next
// call.
func (a *Assigner) Next(x []float32, c *kernel.Centroids, sums *fixed.Sums, threads int) (moved int64) {
	if len(x) != a.n*a.d || c.D() != a.d {
		panic(fmt.Sprintf("lloyd: Next: %d values and centroids of %d dimensions for %d rows of %d",
			len(x), c.D(), a.n, a.d))
	}
	if sums != nil && (sums.K != c.K() || sums.D != a.d) {
		panic(fmt.Sprintf("lloyd: Next: sums of %d x %d for %d x %d centroids", sums.K, sums.D, c.K(), a.d))
	}
	threads = max(1, threads)
	pooled := takeWorkspace(threads)
	a.workers, a.prune.tables = pooled.workers, pooled.tables
	defer func() {
		a.workers, a.prune.tables = nil, nil
		workspaces.Put(pooled)
	}()
	moved = a.assign(x, c, threads)
	if a.old == nil {
		moved = int64(a.n)
	}
	a.old = c
	if sums != nil {
		a.addTo(sums, x, threads)
	}
	return moved
}

// Bytes returns how much memory the Assigner holds for rows and sums.
func (a *Assigner) Bytes() int64 {
	b := 4 * int64(len(a.labels)+len(a.added)+len(a.prune.upper)+len(a.prune.lower)+cap(a.prune.order))
	if a.running != nil {
		b += 8 * int64(len(a.running.Hi)+len(a.running.Lo)+len(a.running.Counts))
	}
	return b
}
