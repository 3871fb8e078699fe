package lloyd

import (
	"math"
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
	still               // no centroid moved: all labels stand
)

// prune holds for each row an upper bound of the distance to its centroid and a
// lower bound of that to any other (Hamerly 2010). Between passes the first grows
// by the own centroid's drift and the second shrinks by the largest drift of
// another; while the first is below the second, the label stands. All rounding is
// outward. kernel.Stairs limits the drift to that of centroids near enough.
type prune struct {
	upper, lower []float32
	valid        bool // bounds belong to the labels
	drift        []float32
	stairs       kernel.Stairs
	tighten      bool // tightening upper bounds has paid
	passes       int
	stats        stats
}

// stats is what the last pass did, for tests and tuning.
type stats struct {
	mode                   mode
	assigned, tight, saved int64
}

// margin is by how much an upper bound must be below a lower one: exact
// distances as far apart give the specification's values the same order, since
// these have a relative error of at most 2^-26 each (kernel/PROOF.md, section 1).
const margin = 1 + 0x1p-20

// up rounds a float32 sum outwards, by more than it was rounded.
func up(v float32) float32 { return v * (1 + 0x1p-22) }

// begin chooses the mode of a pass over centroids c and prepares the drifts.
func (p *prune) begin(a *Assigner, c *kernel.Centroids, threads int) mode {
	p.passes++
	if a.old == nil || a.old.K() != c.K() {
		p.valid = false
		return p.start(a)
	}
	p.drift = slices.Grow(p.drift[:0], c.K())[:c.K()]
	c.Drift(a.old, p.drift)
	if slices.Max(p.drift) <= math.SmallestNonzeroFloat32 {
		return still
	}
	if !p.valid {
		return p.start(a)
	}
	p.stairs.Prepare(c, p.drift)
	var next atomic.Int64
	parallel(threads, func(t int) {
		const share = 256
		for lo := int(next.Add(share)) - share; lo < c.K(); lo = int(next.Add(share)) - share {
			p.stairs.Fill(lo, min(lo+share, c.K()), &a.workers[t].scratch)
		}
	})
	return bounded
}

// start begins bounds.
func (p *prune) start(a *Assigner) mode {
	if p.upper == nil {
		p.upper, p.lower = make([]float32, a.n), make([]float32, a.n)
	}
	p.tighten = true
	return fresh
}

// end learns from a pass.
func (p *prune) end(a *Assigner, m mode, assigned, tight, saved int64) {
	p.stats = stats{m, assigned, tight, saved}
	p.valid = m != dense
	if m == bounded {
		p.tighten = tight == 0 || saved*8 > tight
	}
}

// filter updates the bounds of rows [lo, hi) and lists those that they do not
// decide.
func (w *worker) filter(a *Assigner, x []float32, c *kernel.Centroids, lo, hi int) {
	p := &a.prune
	labels, upper, lower := a.labels[lo:hi], p.upper[lo:hi], p.lower[lo:hi]
	w.loose = w.loose[:0]
	for i, j := range labels {
		u := up(upper[i] + p.drift[j])
		l := p.stairs.Lower(j, u, lower[i])
		upper[i], lower[i] = u, l
		if u*margin >= l {
			w.loose = append(w.loose, int32(lo+i))
		}
	}
	if !p.tighten {
		for _, i := range w.loose {
			w.list(a, i)
		}
		return
	}
	c.Tighten(x, w.loose, a.labels, p.upper)
	w.tight += int64(len(w.loose))
	for _, i := range w.loose {
		if p.upper[i]*margin >= p.lower[i] {
			w.list(a, i)
		} else {
			w.saved++
		}
	}
}

func (w *worker) list(a *Assigner, i int32) {
	w.rows = append(w.rows, i)
	w.old = append(w.old, a.labels[i])
}
