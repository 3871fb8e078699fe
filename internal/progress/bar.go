package progress

import (
	"io"

	"github.com/schollz/progressbar/v3"
)

// barWidth leaves room for most texts on a terminal of 80 columns; the library
// narrows the bar where that is not enough.
const barWidth = 16

// clearLine goes to the start of the line and empties it.
const clearLine = "\r\x1b[2K"

// clear takes the bar away. Hold r.mu.
func (r *Reporter) clear() {
	if len(r.running) > 0 {
		_, _ = io.WriteString(r.w, clearLine)
	}
}

// draw draws the bar of the newest running stage. Hold r.mu.
//
// The library draws the bar; rate and time left are ours, because its rolling
// rate is zero between two polls of a remote job and its time left is then
// nonsense.
func (r *Reporter) draw() {
	if len(r.running) == 0 {
		return
	}
	s := r.running[len(r.running)-1]
	n, total := s.count.Load(), s.total.Load()
	if total <= 0 {
		total = -1 // a spinner
	}
	if s.bar == nil || (s.bar.GetMax64() != total && total > 0) {
		s.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(r.w),
			progressbar.OptionSetWidth(barWidth),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionShowDescriptionAtLineEnd(),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own
			progressbar.OptionThrottle(0),
		)
	}
	// A bar at its maximum is finished and never drawn again, but the stage may
	// still have work: stay one unit below until it ends.
	if total > 0 {
		n = min(n, total-1)
	}
	_ = s.bar.Set64(n)
	s.bar.Describe(s.name + ": " + s.state(r.now(), true))
}
