// Package readable writes numbers as people read them: 234,831, 1.2 GB,
// 3 min 20 s. For what people read only; files for programs have plain numbers.
package readable

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Count writes thousands apart: 234,831.
func Count(n int64) string {
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

// Three writes a number to about three digits, and to all digits before the
// point where there are more: 0.012, 1.23, 41.2, 968, 12,403.
func Three(x float64) string {
	switch {
	case x >= 99.95 && x < math.MaxInt64:
		return Count(int64(math.Round(x)))
	case x != 0 && math.Abs(x) < 0.001:
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	decimals := 3
	for _, limit := range []float64{0.9995, 9.995} {
		if math.Abs(x) >= limit {
			decimals--
		}
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

// Bytes writes bytes with decimal prefixes: 1.2 GB.
func Bytes(n float64) string {
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

// Seconds writes a duration as a person says it: 0.4 s, 42 s, 3 min 20 s, 2 h 5 min.
func Seconds(d time.Duration) string {
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

// Percent writes a share of 1, never rounding what is not all to 100 % or what
// is not nothing to 0 %: 4.26 %, 0.01 %.
func Percent(share float64) string {
	x := 100 * share
	switch {
	case x == 0 || x == 100:
		return fmt.Sprintf("%.0f %%", x)
	case x < 0.01:
		return "< 0.01 %"
	case x < 9.995:
		return fmt.Sprintf("%.2f %%", x)
	}
	return fmt.Sprintf("%.1f %%", min(x, 99.9))
}
