package seeding

import (
	"math/bits"
	"sync"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// chunk is the number of rows whose float32 sums are held at a time.
const chunk = 512

// fillPanels copies the trials one after another, the last one again until the
// lanes of the last panel are full.
func (g *greedy) fillPanels() {
	last := len(g.trialed) - 1
	g.panels = g.panels[:(last/lanes+1)*lanes*g.d]
	for l := 0; l*g.d < len(g.panels); l++ {
		copy(g.panels[l*g.d:(l+1)*g.d], g.row(g.trialed[min(l, last)]))
	}
	if c := g.coarse; c != nil {
		g.terms16 = g.terms16[:0]
		for t := 0; t <= last; t += lanes {
			g.terms16 = append(g.terms16, c.trials(g.trialed[t:min(t+lanes, last+1)], g.panels16[t*c.d:]))
		}
	}
}

// measureReach sets reach[c] to the smallest float32 distance between chosen row
// c and a trial. By the triangle inequality |x - trial| >= |trial - c| - |x - c|,
// so where that distance is at least twice |x - c| no trial improves on x.
func (g *greedy) measureReach() {
	n := len(g.chosen)
	for i := len(g.list); i < n; i++ {
		g.list = append(g.list, int32(i))
	}
	g.reach = g.reach[:n]
	// Where few rows are spared, the test is tried again only now and then.
	g.spare = g.bounds.usable && (g.active < g.m/2 || n%16 == 1)
	if !g.spare {
		return // every row is active
	}
	g.parallel(func(w *worker) {
		for c, last := n*w.number/len(g.workers), n*(w.number+1)/len(g.workers); c < last; c += chunk {
			reach := g.reach[c:min(c+chunk, last)]
			for i := range reach {
				reach[i] = inf32
			}
			for first := 0; first < len(g.panels); first += lanes * g.d {
				sums8(g.rows, g.list[c:c+len(reach)], g.d, g.panels[first:first+lanes*g.d], w.sums)
				for i := range reach {
					for _, s := range w.sums[i*lanes : (i+1)*lanes] {
						reach[i] = min(reach[i], s)
					}
				}
			}
		}
	})
}

// try finds the rows of a worker that each trial improves.
func (g *greedy) try(w *worker) {
	for t := range g.trials {
		w.found[t] = w.found[t][:0]
		w.gain[t] = fixed.U128{}
	}
	w.active = w.active[:0]
	for r := w.first; r < w.last; r++ {
		if !g.spare || g.bounds.near(g.d2[r], g.reach[g.near[r]]) {
			w.active = append(w.active, int32(r))
		}
	}
	for first := 0; first < len(w.active); first += chunk {
		rows := w.active[first:min(first+chunk, len(w.active))]
		for t := 0; t < len(g.trialed); t += lanes {
			g.rule(w, rows, t)
			n := min(lanes, len(g.trialed)-t)
			for i, r := range rows {
				for mask := w.masks[i] & uint8(1<<n-1); mask != 0; mask &= mask - 1 {
					g.evaluate(w, int(r), t+bits.TrailingZeros8(mask))
				}
			}
		}
	}
}

// rule sets w.masks[i], for each row listed, to the trials from t on (8 at most)
// that are not ruled out for it: by 16-bit integers where that pays, then by
// float32 what those leave open.
func (g *greedy) rule(w *worker, rows []int32, t int) {
	masks := w.masks[:len(rows)]
	for i := range masks {
		masks[i] = 0xff
	}
	if !g.bounds.usable {
		return
	}
	if c := g.coarse; c != nil {
		c.maybe(rows, g.panels16[t*c.d:(t+lanes)*c.d], &g.terms16[t/lanes], masks)
	}
	w.open = w.open[:0]
	for i, mask := range masks {
		if mask != 0 {
			w.open = append(w.open, rows[i])
		}
	}
	sums8(g.x, w.open, g.d, g.panels[t*g.d:(t+lanes)*g.d], w.sums)
	sums := w.sums
	for i := range masks {
		if masks[i] == 0 {
			continue
		}
		limit := g.limit[rows[i]]
		for l, s := range sums[:lanes] {
			if s >= limit {
				masks[i] &^= 1 << l
			}
		}
		sums = sums[lanes:]
	}
}

// evaluate records what trial t gains at row r, by the specification.
func (g *greedy) evaluate(w *worker, r, t int) {
	d2 := kernel.SquaredDistance(g.row(r), g.row(g.trialed[t]))
	if d2 >= g.d2[r] {
		return
	}
	term := d2
	if g.weights != nil {
		term = float64(float64(g.weights[r]) * d2)
	}
	w.gain[t] = w.gain[t].Add(g.terms[r] - fixed.Quantise(term, g.shift))
	w.found[t] = append(w.found[t], improvement{int32(r), d2})
}

// parallel runs f for every worker and waits. A panic in one is passed on.
func (g *greedy) parallel(f func(*worker)) {
	if len(g.workers) == 1 {
		f(&g.workers[0])
		return
	}
	var wait sync.WaitGroup
	faults := make([]any, len(g.workers))
	for i := range g.workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			defer func() { faults[i] = recover() }()
			f(&g.workers[i])
		}()
	}
	wait.Wait()
	for _, fault := range faults {
		if fault != nil {
			panic(fault)
		}
	}
}
