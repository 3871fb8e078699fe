package lloyd

import (
	"sync/atomic"

	"leveler/internal/kernel"
)

const (
	// chunkRows is how many rows a goroutine takes at a time: enough that the
	// kernel's start is nothing, few enough that the last chunks end together.
	chunkRows = 2048
	// flushRows is how many rows that their bounds do not decide are assigned at a
	// time: whole tiles, even where few rows of a chunk are left.
	flushRows = 2048
)

// A worker is one goroutine's buffers.
type worker struct {
	scratch  kernel.Scratch
	rows     []int32 // to be assigned
	old      []int32 // their labels
	old1     [chunkRows]int32
	loose    []int32 // rows whose upper bound is to be tightened
	moved    int64
	assigned int64
	tight    int64 // rows tightened
	saved    int64 // of which this proved the label
}

// assign labels all rows and counts the labels that changed.
func (a *Assigner) assign(x []float32, c *kernel.Centroids, threads int) int64 {
	mode := a.prune.begin(a, c, threads)
	if mode == still {
		return 0
	}
	var next atomic.Int64
	parallel(threads, func(t int) {
		w := &a.workers[t]
		w.moved, w.assigned, w.tight, w.saved = 0, 0, 0, 0
		for {
			lo := int(next.Add(chunkRows)) - chunkRows
			if lo >= a.n {
				break
			}
			hi := min(lo+chunkRows, a.n)
			if mode == dense {
				w.dense(a, x, c, lo, hi)
				continue
			}
			if mode == bounded {
				w.filter(a, x, c, lo, hi)
			} else {
				w.all(a, lo, hi)
			}
			if len(w.rows) >= flushRows {
				w.flush(a, x, c)
			}
		}
		w.flush(a, x, c)
	})
	var moved, assigned, tight, saved int64
	for t := range threads {
		w := &a.workers[t]
		moved, assigned, tight, saved = moved+w.moved, assigned+w.assigned, tight+w.tight, saved+w.saved
	}
	a.prune.end(a, mode, assigned, tight, saved)
	return moved
}

// dense assigns rows [lo, hi) without bounds.
func (w *worker) dense(a *Assigner, x []float32, c *kernel.Centroids, lo, hi int) {
	labels := a.labels[lo:hi]
	old := w.old1[:hi-lo]
	copy(old, labels)
	c.Assign(x[lo*a.d:hi*a.d], labels, &w.scratch)
	for i, j := range labels {
		if old[i] != j {
			w.moved++
		}
	}
	w.assigned += int64(hi - lo)
}

// all lists rows [lo, hi) to be assigned with bounds.
func (w *worker) all(a *Assigner, lo, hi int) {
	for i := lo; i < hi; i++ {
		w.rows = append(w.rows, int32(i))
		w.old = append(w.old, a.labels[i])
	}
}

// flush assigns the listed rows with bounds.
func (w *worker) flush(a *Assigner, x []float32, c *kernel.Centroids) {
	if len(w.rows) == 0 {
		return
	}
	c.AssignRows(x, w.rows, a.labels, a.prune.upper, a.prune.lower, &w.scratch)
	for i, row := range w.rows {
		if a.labels[row] != w.old[i] {
			w.moved++
		}
	}
	w.assigned += int64(len(w.rows))
	w.rows, w.old = w.rows[:0], w.old[:0]
}
