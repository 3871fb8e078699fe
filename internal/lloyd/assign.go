package lloyd

import (
	"sync/atomic"

	"leveler/internal/kernel"
)

// chunkRows is how many rows a goroutine takes at a time: enough that the
// kernel's start is nothing, few enough that the last chunks end together.
const chunkRows = 4096

// assign labels all rows and counts the labels that changed.
func (a *Assigner) assign(x []float32, c *kernel.Centroids, threads int) int64 {
	var next, moved atomic.Int64
	parallel(threads, func(t int) {
		var old [chunkRows]int32
		for {
			lo := int(next.Add(chunkRows)) - chunkRows
			if lo >= a.n {
				return
			}
			hi := min(lo+chunkRows, a.n)
			labels := a.labels[lo:hi]
			copy(old[:], labels)
			c.Assign(x[lo*a.d:hi*a.d], labels, &a.scratch[t])
			var changed int64
			for i, j := range labels {
				if old[i] != j {
					changed++
				}
			}
			moved.Add(changed)
		}
	})
	return moved.Load()
}
