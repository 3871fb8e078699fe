package lloyd

import "sync"

// parallel runs work(0) … work(threads-1) and waits for them. A panic of any of
// them is raised again in the caller, who may recover it: left in its goroutine
// it would end the process.
func parallel(threads int, work func(t int)) {
	if threads == 1 {
		work(0)
		return
	}
	var wg sync.WaitGroup
	var once sync.Once
	var failure any
	for t := range threads {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					once.Do(func() { failure = r })
				}
			}()
			work(t)
		})
	}
	wg.Wait()
	if failure != nil {
		panic(failure)
	}
}
