// Package parallel does many things of one kind at a time, such as opening files.
package parallel

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Do calls do for every i below n, on a number of goroutines, each of which takes the
// next i when it is free, and none after one has failed. The error is that of the
// lowest i that failed, the same each time. A panic becomes an error: on a goroutine
// of its own it would end the worker.
func Do(threads, n int, do func(thread, i int) error) error {
	threads = max(1, min(threads, n))
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	at := n // of first
	for t := range threads {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := call(do, t, i); err != nil {
					failed.Store(true)
					mu.Lock()
					if i < at {
						first, at = err, i
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}

// call makes a panic an error.
func call(do func(thread, i int) error, thread, i int) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do(thread, i)
}
