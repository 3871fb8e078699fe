package lloyd

import (
	"sync/atomic"

	"leveler/internal/kernel"
)

const (
	// chunkRows is how many rows a goroutine takes at a time: enough that the
	// kernel's start is nothing, few enough that the last chunks end together.
	chunkRows = 2048
	// flushRows is how many scattered rows are assigned at a time: whole tiles,
	// even where few rows of a cluster are left.
	flushRows = 2048
)

// A worker is one goroutine's buffers and counts.
type worker struct {
	scratch kernel.Scratch
	before  [chunkRows]int32 // labels
	rows    []int32          // to be assigned among all centroids
	old     []int32          // their labels
	loose   []int32          // rows that their bounds do not decide
	close   []int32          // rows to be assigned among neighbours
	spread                   // of the loose rows
	stats   stats
}

// assign labels all rows and counts the labels that changed.
func (a *Assigner) assign(x []float32, c *kernel.Centroids, threads int) int64 {
	for t := range threads {
		a.workers[t].stats = stats{}
	}
	m := a.prune.begin(a, c, threads)
	if m == bounded || m == guessed {
		m = a.plan(x, c, m, threads)
	}
	switch m {
	case still:
	case bounded, guessed:
		a.assignBounded(x, c, threads)
	default:
		a.assignAll(x, c, m, threads)
	}
	total := stats{mode: m}
	for t := range threads {
		total.add(a.workers[t].stats)
	}
	a.prune.end(total)
	if m == fresh {
		a.prune.look(a.labels, a.prune.upper, a.prune.lower)
	}
	return total.moved
}

// assignAll assigns every row among all centroids.
func (a *Assigner) assignAll(x []float32, c *kernel.Centroids, m mode, threads int) {
	var next atomic.Int64
	parallel(threads, func(t int) {
		w := &a.workers[t]
		for {
			lo := int(next.Add(chunkRows)) - chunkRows
			if lo >= a.n {
				return
			}
			hi := min(lo+chunkRows, a.n)
			labels := a.labels[lo:hi]
			copy(w.before[:], labels)
			rows := x[lo*a.d : hi*a.d]
			if m == dense {
				c.Assign(rows, labels, &w.scratch)
			} else {
				c.AssignRows(rows, nil, labels, a.prune.upper[lo:hi], a.prune.lower[lo:hi], &w.scratch)
			}
			w.stats.assigned += int64(len(labels))
			for i, j := range labels {
				if w.before[i] != j {
					w.stats.moved++
				}
			}
		}
	})
}

// flush assigns the listed rows among all centroids.
func (w *worker) flush(a *Assigner, x []float32, c *kernel.Centroids) {
	if len(w.rows) == 0 {
		return
	}
	c.AssignRows(x, w.rows, a.labels, a.prune.upper, a.prune.lower, &w.scratch)
	for i, row := range w.rows {
		if a.labels[row] != w.old[i] {
			w.stats.moved++
		}
	}
	w.stats.assigned += int64(len(w.rows))
	w.rows, w.old = w.rows[:0], w.old[:0]
}
