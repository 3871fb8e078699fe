package readable

import (
	"testing"
	"time"
)

func TestReadable(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(999): "999", Count(1000): "1,000", Count(-1234567): "-1,234,567", Count(-123): "-123",

		Three(0): "0.000", Three(0.01234): "0.012", Three(0.9996): "1.00", Three(1.234): "1.23", Three(41.23): "41.2",
		Three(99.96): "100", Three(12403.4): "12,403", Three(0.00001234): "1.23e-05", Three(-2.5): "-2.50",

		Bytes(12): "12 B", Bytes(1234): "1.2 kB", Bytes(99_600_000): "100 MB", Bytes(999_600): "1.0 MB", Bytes(2e15): "2.0 PB",

		Seconds(40 * time.Millisecond): "0.0 s", Seconds(9949 * time.Millisecond): "9.9 s", Seconds(9950 * time.Millisecond): "10 s",
		Seconds(59600 * time.Millisecond): "1 min 0 s", Seconds(200 * time.Second): "3 min 20 s", Seconds(7500 * time.Second): "2 h 5 min",
		Seconds(7199 * time.Second): "2 h 0 min",

		Percent(0): "0 %", Percent(1): "100 %", Percent(0.9999): "99.9 %", Percent(0.00001): "< 0.01 %", Percent(0.0426): "4.26 %", Percent(0.0999): "9.99 %", Percent(0.25): "25.0 %",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
