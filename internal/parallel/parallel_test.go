package parallel

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

func TestDoIsOnceForEach(t *testing.T) {
	for _, threads := range []int{-1, 1, 3, 100} {
		for _, n := range []int{0, 1, 50} {
			calls := make([]atomic.Int64, n)
			busy := make([]atomic.Bool, max(1, min(threads, n)))
			err := Do(threads, n, func(thread, i int) error {
				if busy[thread].Swap(true) {
					return errors.New("a thread has two at a time")
				}
				defer busy[thread].Store(false)
				calls[i].Add(1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			for i := range calls {
				if got := calls[i].Load(); got != 1 {
					t.Errorf("%d threads: %d of %d: called %d times", threads, i, n, got)
				}
			}
		}
	}
}

// TestFirstError: the lowest that fails, in one line, however many do; and soon no more.
func TestFirstError(t *testing.T) {
	for range 50 {
		var calls atomic.Int64
		err := Do(8, 10_000, func(_, i int) error {
			calls.Add(1)
			if i >= 5 {
				return fmt.Errorf("file %d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "file 5" {
			t.Fatalf("got %v, want that of file 5", err)
		}
		if n := calls.Load(); n > 5+8 {
			t.Fatalf("%d calls, though each thread should stop", n)
		}
	}
}

func TestPanicIsAnError(t *testing.T) {
	err := Do(2, 3, func(_, i int) error {
		if i == 1 {
			panic("of a decoder")
		}
		return nil
	})
	if err == nil || !strings.HasPrefix(err.Error(), "panic: of a decoder\n") {
		t.Errorf("got %v", err)
	}
}
