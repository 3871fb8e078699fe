package fit

import (
	"sync"
	"sync/atomic"

	"leveler/internal/kernel"
)

// blockRows is how many rows a goroutine takes at a time.
const blockRows = 2048

// workers is how many goroutines blocks uses for n rows.
func (m *Machine) workers(n int) int {
	return max(1, min(m.Threads, (n+blockRows-1)/blockRows))
}

// blocks calls f for every block [lo, hi) of n rows on several goroutines.
// worker tells them apart; each has a scratch of its own. A panic in f
// surfaces in the caller, or it would kill the worker process.
func (m *Machine) blocks(n int, f func(worker, lo, hi int, s *kernel.Scratch)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	var once sync.Once
	var caught any
	for w := range m.workers(n) {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					once.Do(func() { caught = r })
				}
			}()
			var s kernel.Scratch
			for {
				lo := int(next.Add(blockRows)) - blockRows
				if lo >= n {
					return
				}
				f(w, lo, min(lo+blockRows, n), &s)
			}
		})
	}
	wg.Wait()
	if caught != nil {
		panic(caught)
	}
}
