package embed

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// share calls do once for every i below n, on a number of goroutines, each of
// which takes the next i when it is free. A panic becomes an error: on a
// goroutine of its own it would end the worker.
func share(threads, n int, do func(thread, i int) error) error {
	threads = max(1, min(threads, n))
	errs := make([]error, threads)
	var next atomic.Int64
	var wg sync.WaitGroup
	for t := range threads {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[t] = fmt.Errorf("embed: panic: %v\n%s", p, debug.Stack())
				}
			}()
			for errs[t] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				errs[t] = do(t, i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
