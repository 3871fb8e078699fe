package lloyd

import (
	"slices"
	"sync/atomic"

	"leveler/internal/kernel"
)

// A mode is how a pass treats bounds.
type mode uint8

const (
	dense   mode = iota // assign all rows, keep no bounds
	fresh               // assign all rows, set their bounds
	bounded             // assign the rows whose bounds do not prove their label
	guessed             // assign all rows around the centroids that they are guessed near
	still               // no centroid moved: all labels stand
)

// prune holds for each row an upper bound of the distance to its centroid and a
// lower bound of that to any other (Hamerly 2010). Between passes the first grows
// by the own centroid's drift and the second shrinks by the largest drift of
// another; while the first is below the second, the label stands. All rounding is
// outward. kernel.Stairs limits the drift to that of centroids near enough, and
// kernel.Near the centroids that the other rows meet.
type prune struct {
	upper, lower []float32
	valid        bool // bounds belong to the labels
	off          bool // keep none
	always       bool // keep them whatever they cost: for tests
	rest         int  // passes to go without bounds
	failures     int  // passes in a row that bounds did not pay for
	tight        bool // of a pass: upper bounds are of distances just computed
	outlook
	last    stats
	*tables // while Next runs
}

// tables are what a pass makes anew of the centroids. Up to half of k^2 numbers
// are too much to keep for each of many Assigners.
type tables struct {
	drift  []float32
	stairs kernel.Stairs
	near   kernel.Near
	radius []float32 // of the neighbourhood of each centroid; 0 without
	mean   []float32 // the mean upper bound of its loose rows
	order  []int32   // loose rows by cluster
	starts []int     // of each cluster in order
}

// rowsPerCentroid is the least number of rows for each centroid at which the
// distances between centroids, k^2 of them, are small beside the rows' own.
const rowsPerCentroid = 4

// boundsCost is about how many ns per row the bounds themselves take in a pass. With
// few dimensions and centroids the whole assignment takes no more: with 1000 centroids
// of 2 dimensions 68 ns without bounds, 81 to 94 with them.
const boundsCost = 70

// stats is what a pass did.
type stats struct {
	mode     mode
	moved    int64 // labels changed
	assigned int64 // rows assigned among all centroids
	close    int64 // rows assigned among neighbours
	tight    int64 // rows whose upper bound was tightened
	saved    int64 // of which this proved the label
}

func (s *stats) add(o stats) {
	s.moved += o.moved
	s.assigned += o.assigned
	s.close += o.close
	s.tight += o.tight
	s.saved += o.saved
}

// margin is by how much an upper bound must be below a lower one: exact
// distances as far apart give the specification's values the same order, since
// these have a relative error of at most 2^-26 each (kernel/PROOF.md, section 1).
const margin = 1 + 0x1p-20

// up rounds a float32 sum outwards, by more than it was rounded.
func up(v float32) float32 { return v * (1 + 0x1p-22) }

// begin chooses the mode of a pass over centroids c and prepares the drifts.
func (p *prune) begin(a *Assigner, c *kernel.Centroids, threads int) mode {
	if a.old == nil || a.old.K() != c.K() {
		p.valid, p.rest, p.failures, p.outlook = false, 0, 0, outlook{}
		if unbounded(a.n, c) {
			return dense
		}
		m := p.start(a)
		if m == fresh && a.guessed && a.old == nil && a.n > 0 && slices.Min(a.labels) >= 0 && int(slices.Max(a.labels)) < c.K() {
			return guessed
		}
		return m
	}
	p.drift = slices.Grow(p.drift[:0], c.K())[:c.K()]
	c.Drift(a.old, p.drift)
	most := slices.Max(p.drift)
	if most == 0 {
		return still
	}
	if p.off {
		return dense
	}
	if p.rest > 0 && !p.promising(p.drift, most, a.n, c) {
		p.rest--
		return dense
	}
	if unbounded(a.n, c) {
		return dense
	}
	if !p.valid {
		return p.start(a)
	}
	p.stairs.Prepare(c, p.drift)
	shared(threads, c.K(), 256, func(t, lo, hi int) {
		p.stairs.Fill(lo, hi, &a.workers[t].scratch)
	})
	return bounded
}

// unbounded tells whether bounds of n rows cannot pay: with few dimensions, where they
// and their tables take two fifths of what they might save.
func unbounded(n int, c *kernel.Centroids) bool {
	return c.K() > n/rowsPerCentroid || c.Cheap((boundsCost+c.TablesCost()/float64(n))/0.4)
}

// start begins bounds.
func (p *prune) start(a *Assigner) mode {
	if p.off {
		return dense
	}
	if p.upper == nil {
		p.upper, p.lower = make([]float32, a.n), make([]float32, a.n)
	}
	return fresh
}

// end learns from a pass.
func (p *prune) end(s stats) {
	p.last = s
	if s.mode != still {
		p.valid = s.mode != dense
	}
}

// shared runs work on parts of [0, n) of at most the given size, on several
// goroutines.
func shared(threads, n, size int, work func(t, lo, hi int)) {
	var next atomic.Int64
	parallel(min(threads, (n+size-1)/size), func(t int) {
		for lo := int(next.Add(int64(size))) - size; lo < n; lo = int(next.Add(int64(size))) - size {
			work(t, lo, min(lo+size, n))
		}
	})
}
