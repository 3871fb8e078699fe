package lloyd

import (
	"slices"

	"leveler/internal/kernel"
)

// wideMean is the upper bound, in means of its cluster's, beyond which a row meets
// all centroids, rather than widen the neighbourhood for every row.
const wideMean = 1.6

// spread describes the upper bounds of one worker's loose rows, by cluster.
type spread struct {
	count []int32
	most  []float32
	sum   []float64
}

func (s *spread) reset(k int) {
	s.count = slices.Grow(s.count[:0], k)[:k]
	s.most = slices.Grow(s.most[:0], k)[:k]
	s.sum = slices.Grow(s.sum[:0], k)[:k]
	clear(s.count)
	clear(s.most)
	clear(s.sum)
}

// plan updates all bounds, or makes those of guesses, finds the rows that they do not decide and
// the neighbourhoods of their centroids, and decides how to go on.
func (a *Assigner) plan(x []float32, c *kernel.Centroids, m mode, threads int) mode {
	p := &a.prune
	p.tight = m == guessed
	parallel(threads, func(t int) {
		w := &a.workers[t]
		w.spread.reset(c.K())
		lo, hi := a.n*t/threads, a.n*(t+1)/threads
		if m == guessed {
			w.measure(a, x, c, lo, hi)
		} else {
			w.filter(a, lo, hi)
		}
	})
	if a.weigh(c, threads) == bounded {
		return m
	}
	if m == guessed {
		p.rest, p.failures = 0, 0 // which is no matter of the bounds
		return fresh
	}
	return dense
}

// weigh finds the neighbourhoods of the loose rows' centroids, or enough of them to see that
// they do not pay.
func (a *Assigner) weigh(c *kernel.Centroids, threads int) mode {
	p := &a.prune
	a.sortLoose(c.K(), threads)
	p.near.Prepare(c, nil, p.radius)
	all := float64(a.n) * c.RowCost()
	// Some of the neighbourhoods tell whether the others are worth finding.
	some := a.fill(c, true, threads)
	if some.rows > 0 {
		cost := some.cost * float64(len(p.order)) / float64(some.rows)
		p.each, p.fixed = cost/float64(len(p.order)), sampleStep*some.lists+c.TablesCost()
		if m := p.judge(a.n, cost+p.fixed, all); m == dense {
			return m
		}
	}
	rest := a.fill(c, false, threads)
	return p.judge(a.n, some.cost+rest.cost+some.lists+rest.lists+c.TablesCost(), all)
}

// sampleStep is of how many neighbourhoods one is looked at first.
const sampleStep = 8

// A filling is what neighbourhoods cost, in ns, and the assignment of the loose rows in them.
type filling struct {
	lists, cost float64
	rows        int // the loose rows
}

// fill finds the neighbourhoods of some of the centroids, or of the rest.
func (a *Assigner) fill(c *kernel.Centroids, some bool, threads int) (f filling) {
	p := &a.prune
	const size = kernel.FillCentroids
	chosen := func(lo int) bool { return (lo/size%sampleStep == sampleStep/2) == some }
	shared(threads, c.K(), size, func(t, lo, hi int) {
		if chosen(lo) {
			p.near.Fill(lo, hi, &a.workers[t].scratch)
		}
	})
	for lo := 0; lo < c.K(); lo += size {
		if !chosen(lo) {
			continue
		}
		for j := lo; j < min(lo+size, c.K()); j++ {
			if n := p.starts[j+1] - p.starts[j]; n > 0 {
				f.rows += n
				f.cost += p.near.Cost(j, n, p.mean[j])
			}
			f.lists += p.near.ListCost(j)
		}
	}
	return f
}

// assignBounded assigns the rows that bounds do not decide cluster by cluster,
// since the rows of a cluster meet the same neighbours.
func (a *Assigner) assignBounded(x []float32, c *kernel.Centroids, threads int) {
	p := &a.prune
	shared(threads, len(p.order), chunkRows, func(t, lo, hi int) {
		w := &a.workers[t]
		j, _ := slices.BinarySearch(p.starts, lo+1)
		for j--; lo < hi; j++ {
			end := min(p.starts[j+1], hi)
			w.cluster(a, x, c, int32(j), p.order[lo:end])
			lo = end
		}
		w.flush(a, x, c)
	})
}

// measure makes the upper bounds of rows [lo, hi), whose labels are guesses, and lists all of them.
func (w *worker) measure(a *Assigner, x []float32, c *kernel.Centroids, lo, hi int) {
	p := &a.prune
	w.loose = w.loose[:0]
	for i := lo; i < hi; i++ {
		w.loose = append(w.loose, int32(i))
	}
	c.Tighten(x, w.loose, a.labels, p.upper)
	clear(p.lower[lo:hi])
	for i, j := range a.labels[lo:hi] {
		w.loosen(j, p.upper[lo+i])
	}
}

// loosen counts a loose row of cluster j with this upper bound.
func (w *worker) loosen(j int32, u float32) {
	w.count[j]++
	w.most[j] = max(w.most[j], u)
	w.sum[j] += float64(u)
}

// filter updates the bounds of rows [lo, hi) and lists those that they do not
// decide.
func (w *worker) filter(a *Assigner, lo, hi int) {
	p := &a.prune
	labels, upper, lower := a.labels[lo:hi], p.upper[lo:hi], p.lower[lo:hi]
	w.loose = w.loose[:0]
	for i, j := range labels {
		u := up(upper[i] + p.drift[j])
		l := p.stairs.Lower(j, u, lower[i])
		upper[i], lower[i] = u, l
		if u*margin < l {
			continue
		}
		w.loose = append(w.loose, int32(lo+i))
		w.loosen(j, u)
	}
}

// sortLoose sorts the loose rows of all workers by cluster, by counting, and
// chooses the radii of the neighbourhoods.
func (a *Assigner) sortLoose(k, threads int) {
	p := &a.prune
	p.radius = slices.Grow(p.radius[:0], k)[:k]
	p.mean = slices.Grow(p.mean[:0], k)[:k]
	p.starts = slices.Grow(p.starts[:0], k+1)[:k+1]
	n := 0
	for j := range k {
		p.starts[j] = n
		var most float32
		var sum float64
		for t := range threads {
			w := &a.workers[t]
			count := int(w.count[j])
			w.count[j] = int32(n) // from here on, where the worker's next row goes
			n += count
			most = max(most, w.most[j])
			sum += w.sum[j]
		}
		p.radius[j] = 0
		if n > p.starts[j] {
			p.mean[j] = float32(sum / float64(n-p.starts[j]))
			p.radius[j] = 2 * margin * kernel.NearMargin * min(most, wideMean*p.mean[j])
		}
	}
	p.starts[k] = n
	p.order = slices.Grow(p.order[:0], n)[:n]
	parallel(threads, func(t int) {
		w := &a.workers[t]
		for _, i := range w.loose {
			at := &w.count[a.labels[i]]
			p.order[*at] = i
			*at++
		}
	})
}

// cluster assigns loose rows of cluster j.
func (w *worker) cluster(a *Assigner, x []float32, c *kernel.Centroids, j int32, rows []int32) {
	p := &a.prune
	if !p.near.Worth(int(j), len(rows)) {
		for _, i := range rows {
			w.list(a, i)
		}
		w.flushFull(a, x, c)
		return
	}
	if !p.tight {
		c.Tighten(x, rows, a.labels, p.upper)
		w.stats.tight += int64(len(rows))
	}
	w.close = w.close[:0]
	for _, i := range rows {
		switch u := p.upper[i]; {
		case u*margin < p.lower[i]:
			w.stats.saved++
		case 2*u*kernel.NearMargin < p.radius[j] && p.near.Few(int(j), u):
			w.close = append(w.close, i)
		default:
			w.list(a, i)
		}
	}
	if len(w.close) > 0 {
		p.near.Assign(x, int(j), w.close, a.labels, p.upper, p.lower, &w.scratch)
		w.stats.close += int64(len(w.close))
		for _, i := range w.close {
			if a.labels[i] != j {
				w.stats.moved++
			}
		}
	}
	w.flushFull(a, x, c)
}

func (w *worker) list(a *Assigner, i int32) {
	w.rows = append(w.rows, i)
	w.old = append(w.old, a.labels[i])
}

// flushFull assigns the listed rows when they are many.
func (w *worker) flushFull(a *Assigner, x []float32, c *kernel.Centroids) {
	if len(w.rows) >= flushRows {
		w.flush(a, x, c)
	}
}
