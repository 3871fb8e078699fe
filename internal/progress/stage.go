package progress

import (
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"

	"leveler/internal/report/readable"
)

// The shortest time between two lines and between two drawings of a bar.
const (
	linePause = 5 * time.Second
	drawPause = 100 * time.Millisecond
)

// Stage is one stage of a run. End it with one of Done, Skip and Fail; later
// calls do nothing.
type Stage struct {
	r     *Reporter
	name  string
	unit  string
	start time.Time

	total, count, earlier atomic.Int64
	// last is when a line or bar was last written, in nanoseconds: what makes an
	// Add without output cost a few atomic operations.
	last atomic.Int64

	// Guarded by r.mu.
	ended bool
	bar   *progressbar.ProgressBar
}

// Add counts n more units.
func (s *Stage) Add(n int64) {
	if s != nil {
		s.count.Add(n)
		s.tick()
	}
}

// Set sets the count, for callers that poll. Setting the same count again still
// shows that the run is alive.
func (s *Stage) Set(n int64) {
	if s != nil {
		s.count.Store(n)
		s.tick()
	}
}

// SetTotal changes the total, for stages that learn it on the way.
func (s *Stage) SetTotal(n int64) {
	if s != nil {
		s.total.Store(n)
	}
}

// Resume says that an earlier run had done n units: they count, but not
// towards the rate.
func (s *Stage) Resume(n int64) {
	if s != nil {
		s.earlier.Store(n)
		s.count.Add(n)
		s.tick()
	}
}

// Done ends the stage; note may be empty.
func (s *Stage) Done(note string) {
	if s == nil {
		return
	}
	elapsed := s.r.now().Sub(s.start)
	text := "done in " + readable.Seconds(elapsed)
	if n := s.count.Load(); n > 0 {
		text += ", " + s.amount(n)
		if r := s.rate(elapsed); r > 0 {
			text += ", " + s.speed(r, false)
		}
	}
	if note != "" {
		text += "; " + note
	}
	s.r.end(s, text)
}

// Skip ends a stage that needed no work: Skip("already done").
func (s *Stage) Skip(why string) {
	if s != nil {
		s.r.end(s, why)
	}
}

// Fail ends a stage that did not finish, so that the error, which the caller
// reports, starts on a line of its own.
func (s *Stage) Fail() {
	if s != nil {
		s.r.end(s, "stopped after "+readable.Seconds(s.r.now().Sub(s.start)))
	}
}

// tick writes a line or draws the bar when it is time for it.
func (s *Stage) tick() {
	pause := linePause
	if s.r.terminal {
		pause = drawPause
	}
	now, last := s.r.now(), s.last.Load()
	if now.UnixNano()-last < int64(pause) || !s.last.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	switch {
	case s.ended:
	case s.r.terminal:
		s.r.draw()
	default:
		s.r.line(s.name + ": " + s.state(now, false))
	}
}

// rate is the number of units per second in this run, 0 while unknown.
func (s *Stage) rate(elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return 0
	}
	return max(float64(s.count.Load()-s.earlier.Load())/elapsed.Seconds(), 0)
}
