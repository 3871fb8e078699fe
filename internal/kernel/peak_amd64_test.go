//go:build amd64 && unix && !noasm

package kernel

import "testing"

func BenchmarkPeak(b *testing.B) {
	for _, p := range []struct {
		name  string
		have  bool
		run   func(int)
		flops float64 // of one round
	}{
		{"avx2", useAVX2, peakAVX2, 2 * 12 * 8},
		{"avx512", useAVX512, peakAVX512, 2 * 28 * 16},
		{"amx", useAMX, peakAMX, 2 * 4 * 16 * 16 * 32},
	} {
		b.Run(p.name, func(b *testing.B) {
			if !p.have {
				b.Skip("not on this machine")
			}
			const rounds = 10000
			begin := cpuSeconds()
			for b.Loop() {
				p.run(rounds)
			}
			b.ReportMetric(rounds*p.flops*float64(b.N)/(cpuSeconds()-begin)/1e9, "GF/cpu-s")
		})
	}
}
