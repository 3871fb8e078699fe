// Package progress shows how far a run is: a bar with rate and time left on a
// terminal, plain lines elsewhere, so that a log of a night's run stays short
// and a person at a terminal sees what happens.
package progress

import (
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"
)

// Reporter writes the progress of stages. All methods of it and its stages may
// be called from any goroutine; a nil Reporter and its nil stages do nothing.
//
// It is also a Writer for logs: what is written through it never lands in the
// middle of a bar.
type Reporter struct {
	now      func() time.Time
	terminal bool

	mu sync.Mutex
	w  io.Writer
	// running has the stages with a bar, newest last. Only the newest is drawn.
	running []*Stage
}

var _ io.Writer = (*Reporter)(nil)

// New returns a Reporter that writes to w: bars if isTerminal, else plain lines.
func New(w io.Writer, isTerminal bool) *Reporter { return NewWithClock(w, isTerminal, time.Now) }

// NewWithClock is New with another clock, for tests.
func NewWithClock(w io.Writer, isTerminal bool, now func() time.Time) *Reporter {
	return &Reporter{now: now, terminal: isTerminal, w: w}
}

// IsTerminal says whether bars can be drawn on f.
func IsTerminal(f *os.File) bool {
	return os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}

// Stage starts a stage of total units ("rows", "shards"; "bytes" are written
// with prefixes). A total of 0 or less is unknown.
func (r *Reporter) Stage(name string, total int64, unit string) *Stage {
	if r == nil {
		return nil
	}
	s := &Stage{r: r, name: name, unit: unit, start: r.now()}
	s.total.Store(total)
	s.last.Store(s.start.UnixNano())
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.terminal {
		r.running = append(r.running, s)
		r.draw()
		return s
	}
	text := ": started"
	if total > 0 {
		text += ", " + s.amount(total)
	}
	r.line(name + text)
	return s
}

// Write writes p, clearing a bar before and drawing it again after. Give it
// whole lines.
func (r *Reporter) Write(p []byte) (int, error) {
	if r == nil {
		return len(p), nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	n, err := r.w.Write(p)
	r.draw()
	return n, err
}

// line writes a line of its own. A progress line that cannot be written is no
// reason to stop a run.
func (r *Reporter) line(text string) {
	r.clear()
	_, _ = io.WriteString(r.w, text+"\n")
}

// end writes a stage's last line and takes its bar away.
func (r *Reporter) end(s *Stage, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	r.line(s.name + ": " + text)
	r.running = slices.DeleteFunc(r.running, func(x *Stage) bool { return x == s })
	r.draw()
}
