package progress

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a time that moves when a test says so.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestPlainLines(t *testing.T) {
	const second = time.Second
	tests := map[string]struct {
		do   func(*Reporter, *clock)
		want string
	}{
		"a stage": {func(r *Reporter, c *clock) {
			s := r.Stage("embed", 234_831, "rows")
			for range 9 { // lines after 5 and 10 seconds, not between
				c.pass(1250 * time.Millisecond)
				s.Add(20_000)
			}
			s.Add(54_831)
			c.pass(second)
			s.Done("")
		}, `embed: started, 234,831 rows
embed: 80,000 of 234,831 rows (34 %), 16,000 rows/s, 9.7 s left
embed: 160,000 of 234,831 rows (68 %), 16,000 rows/s, 4.7 s left
embed: done in 12 s, 234,831 rows, 19,200 rows/s
`},
		"unknown total and a note": {func(r *Reporter, c *clock) {
			s := r.Stage("decode", 0, "rows")
			c.pass(6 * second)
			s.Add(3)
			s.SetTotal(6)
			c.pass(6 * second)
			s.Add(1)
			s.Done("2 bad rows")
		}, `decode: started
decode: 3 rows, 0.5 rows/s
decode: 4 of 6 rows (66 %), 0.333 rows/s, 6.0 s left
decode: done in 12 s, 4 rows, 0.333 rows/s; 2 bad rows
`},
		"bytes": {func(r *Reporter, c *clock) {
			s := r.Stage("copy", 1_500_000_000, "bytes")
			c.pass(5 * second)
			s.Set(500_000)
			c.pass(10 * 60 * second)
			s.Set(1_250_000_000)
			s.Done("")
		}, `copy: started, 1.5 GB
copy: 500 kB of 1.5 GB (0 %), 100 kB/s, 4 h 10 min left
copy: 1.2 GB of 1.5 GB (83 %), 2.1 MB/s, 2 min 1 s left
copy: done in 10 min 5 s, 1.2 GB, 2.1 MB/s
`},
		"resumed work is no speed": {func(r *Reporter, c *clock) {
			s := r.Stage("assign", 100, "shards")
			s.Resume(90)
			c.pass(5 * second)
			s.Add(5)
			c.pass(5 * second)
			s.Set(95) // a poll without news is a sign of life
			s.Done("")
		}, `assign: started, 100 shards
assign: 95 of 100 shards (95 %), 1 shards/s, 5.0 s left
assign: 95 of 100 shards (95 %), 0.5 shards/s, 10 s left
assign: done in 10 s, 95 shards, 0.5 shards/s
`},
		"no unit": {func(r *Reporter, c *clock) {
			s := r.Stage("level 1", 2, "")
			c.pass(5 * second)
			s.Add(1)
			s.Done("")
		}, `level 1: started, 2
level 1: 1 of 2 (50 %), 0.2/s, 5.0 s left
level 1: done in 5.0 s, 1, 0.2/s
`},
		"skipped": {func(r *Reporter, _ *clock) {
			s := r.Stage("embed", 10, "rows")
			s.Skip("already done")
			s.Add(3)
			s.Done("twice")
		}, "embed: started, 10 rows\nembed: already done\n"},
		"failed": {func(r *Reporter, c *clock) {
			s := r.Stage("embed", 10, "rows")
			c.pass(3 * second)
			s.Fail()
			s.Done("never")
		}, "embed: started, 10 rows\nembed: stopped after 3.0 s\n"},
		"nothing to do, at once": {func(r *Reporter, _ *clock) {
			r.Stage("copy", 0, "rows").Done("no files")
		}, "copy: started\ncopy: done in 0.0 s; no files\n"},
		"a log in between": {func(r *Reporter, _ *clock) {
			s := r.Stage("embed", 10, "rows")
			if n, err := r.Write([]byte("slow disk\n")); n != 10 || err != nil {
				t.Errorf("Write: got %d, %v", n, err)
			}
			s.Done("")
		}, "embed: started, 10 rows\nslow disk\nembed: done in 0.0 s\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := newClock()
			tt.do(NewWithClock(&out, false, c.now), c)
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestConcurrentAdd(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out bytes.Buffer
		c := newClock()
		r := NewWithClock(&out, terminal, c.now)
		s := r.Stage("embed", 8000, "rows")
		other := r.Stage("copy", 0, "rows")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for i := range 1000 {
					c.pass(time.Millisecond)
					s.Add(1)
					other.Set(int64(i))
					if i%100 == 0 {
						_, _ = r.Write([]byte("log\n"))
					}
				}
			})
		}
		wg.Wait()
		other.Done("")
		s.Done("")
		if want := "embed: done in 8.0 s, 8,000 rows, 1,000 rows/s\n"; !strings.HasSuffix(out.String(), want) {
			t.Errorf("terminal %v: got %q at the end, want %q", terminal, out.String()[max(0, out.Len()-80):], want)
		}
	}
}

func TestNilReporter(t *testing.T) {
	var r *Reporter
	s := r.Stage("embed", 10, "rows")
	s.Add(1)
	s.Set(2)
	s.SetTotal(3)
	s.Resume(1)
	s.Done("")
	s.Skip("")
	s.Fail()
	if n, err := r.Write([]byte("x")); n != 1 || err != nil {
		t.Errorf("Write: got %d, %v", n, err)
	}
}

func TestIsTerminal(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if IsTerminal(f) {
		t.Error("a file is a terminal")
	}
	// A character device, but no terminal.
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if IsTerminal(null) {
		t.Errorf("%s is a terminal", os.DevNull)
	}
}
