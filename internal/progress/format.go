package progress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// bytesUnit is the unit that is written with prefixes.
const bytesUnit = "bytes"

// state is the text after a stage's name: count, share, rate and time left, as
// far as they are known. A bar shows the share itself.
func (s *Stage) state(now time.Time, share bool) string {
	n, total, elapsed := s.count.Load(), s.total.Load(), now.Sub(s.start)
	parts := []string{s.amount(n)}
	if total > 0 {
		done := grouped(n)
		if s.unit == bytesUnit {
			done = bytesText(float64(n))
		}
		parts[0] = done + " of " + s.amount(total)
		if share {
			parts[0] += fmt.Sprintf(" (%d %%)", percent(n, total))
		}
	}
	if r := s.rate(elapsed); r > 0 {
		parts = append(parts, s.speed(r))
		if total > n {
			parts = append(parts, seconds(time.Duration(min(float64(total-n)/r, 1e8)*1e9))+" left")
		}
	}
	return strings.Join(parts, ", ")
}

// percent rounds down, so that 100 % means all.
func percent(n, total int64) int64 {
	return int64(min(math.Floor(100*(float64(n)/float64(total))), 100))
}

// amount is a count with its unit.
func (s *Stage) amount(n int64) string {
	switch s.unit {
	case bytesUnit:
		return bytesText(float64(n))
	case "":
		return grouped(n)
	}
	return grouped(n) + " " + s.unit
}

// speed is a rate with its unit, to three digits: more would flicker.
func (s *Stage) speed(perSecond float64) string {
	if s.unit == bytesUnit {
		return bytesText(perSecond) + "/s"
	}
	text := strconv.FormatFloat(perSecond, 'g', 3, 64)
	if perSecond >= 100 {
		scale := math.Pow(10, math.Floor(math.Log10(perSecond))-2)
		text = grouped(int64(math.Round(perSecond/scale) * scale))
	}
	if s.unit == "" {
		return text + "/s"
	}
	return text + " " + s.unit + "/s"
}

// grouped writes thousands apart: 234,831.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// bytesText writes bytes with decimal prefixes: 1.2 GB.
func bytesText(n float64) string {
	prefixes := []string{"B", "kB", "MB", "GB", "TB", "PB"}
	i := 0
	for n >= 999.5 && i < len(prefixes)-1 {
		n /= 1000
		i++
	}
	if i == 0 || n >= 99.5 {
		return fmt.Sprintf("%.0f %s", n, prefixes[i])
	}
	return fmt.Sprintf("%.1f %s", n, prefixes[i])
}

// seconds writes a duration as a person says it: 0.4 s, 42 s, 3 min 20 s, 2 h 5 min.
func seconds(d time.Duration) string {
	whole := int64(math.Round(d.Seconds()))
	switch {
	case d < 9950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case whole < 60:
		return fmt.Sprintf("%d s", whole)
	case whole < 3600:
		return fmt.Sprintf("%d min %d s", whole/60, whole%60)
	}
	minutes := (whole + 30) / 60
	return fmt.Sprintf("%d h %d min", minutes/60, minutes%60)
}
