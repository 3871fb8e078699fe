package embed

import (
	"fmt"
	"runtime/debug"

	"leveler/internal/parallel"
	"leveler/internal/records"
)

// eachRecord calls do for every record of a batch on a number of goroutines. A panic
// becomes an error that names the record.
func eachRecord(threads int, batch []records.Record, do func(thread, i int) error) error {
	return parallel.Do(threads, len(batch), func(thread, i int) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("%s: row %d: panic: %v\n%s", batch[i].Source, batch[i].Row, p, debug.Stack())
			}
		}()
		return do(thread, i)
	})
}
