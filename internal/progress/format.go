package progress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"leveler/internal/report/readable"
)

// bytesUnit is the unit that is written with prefixes.
const bytesUnit = "bytes"

// state is the text after a stage's name: count, share, rate and time left, as
// far as they are known. Beside a bar it is short: no share, which the bar
// shows, and no unit in the rate.
func (s *Stage) state(now time.Time, short bool) string {
	n, total, elapsed := s.count.Load(), s.total.Load(), now.Sub(s.start)
	parts := []string{s.amount(n)}
	if total > 0 {
		done := readable.Count(n)
		if s.unit == bytesUnit {
			done = readable.Bytes(float64(n))
		}
		parts[0] = done + " of " + s.amount(total)
		if !short {
			parts[0] += fmt.Sprintf(" (%d %%)", percent(n, total))
		}
	}
	if r := s.rate(elapsed); r > 0 {
		parts = append(parts, s.speed(r, short))
		if total > n {
			parts = append(parts, readable.Seconds(time.Duration(min(float64(total-n)/r, 1e8)*1e9))+" left")
		}
	}
	return strings.Join(parts, ", ")
}

// percent rounds down, so that 100 % means all. It holds up to 92 PB.
func percent(n, total int64) int64 {
	return min(n*100/total, 100)
}

// amount is a count with its unit.
func (s *Stage) amount(n int64) string {
	switch s.unit {
	case bytesUnit:
		return readable.Bytes(float64(n))
	case "":
		return readable.Count(n)
	}
	return readable.Count(n) + " " + s.unit
}

// speed is a rate, with its unit unless short, to three digits: more would flicker.
func (s *Stage) speed(perSecond float64, short bool) string {
	if s.unit == bytesUnit {
		return readable.Bytes(perSecond) + "/s"
	}
	text := strconv.FormatFloat(perSecond, 'g', 3, 64)
	if perSecond >= 100 {
		scale := math.Pow(10, math.Floor(math.Log10(perSecond))-2)
		text = readable.Count(int64(math.Round(perSecond/scale) * scale))
	}
	if short || s.unit == "" {
		return text + "/s"
	}
	return text + " " + s.unit + "/s"
}
