//go:build amd64 && unix && !noasm

package kernel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

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

// BenchmarkOfPeak measures whole assignments, packing and selection included, by what the core does
// at most in float32, both in turn: the ratio of the rates of the least and of the median times. Low
// precision may exceed it.
func BenchmarkOfPeak(b *testing.B) {
	peak, flops := peakAVX2, 2.0*12*8
	if useAVX512 {
		peak, flops = peakAVX512, 2*28*16
	} else if !useAVX2 {
		b.Skip("no instruction set to compare with")
	}
	const rounds, peakRounds = 9, 1 << 20
	seconds := func(run func()) float64 {
		begin := cpuSeconds()
		run()
		return cpuSeconds() - begin
	}
	for _, w := range workloads {
		rnd := rand.New(rand.NewPCG(1, 1))
		x, c := gaussian(rnd, w.n*w.d), gaussian(rnd, w.k*w.d)
		labels := make([]int32, w.n)
		var undos []func()
		for _, p := range switches() {
			undos = append(undos, p.off())
			b.Run(w.name+"/"+p.name, func(b *testing.B) {
				cent := New(c, w.k, w.d)
				if cent.Path() != p.name || p.name == "generic" {
					b.Skipf("takes the path %s", cent.Path())
				}
				var s Scratch
				cent.Assign(x, labels, &s)
				var at, most []float64
				for b.Loop() {
					for range rounds {
						most = append(most, seconds(func() { peak(peakRounds) }))
						at = append(at, seconds(func() { cent.Assign(x, labels, &s) }))
					}
				}
				slices.Sort(at)
				slices.Sort(most)
				of := 2 * float64(w.n) * float64(w.k) * float64(w.d) / (peakRounds * flops)
				b.ReportMetric(of*most[0]/at[0], "least-of-peak")
				b.ReportMetric(of*most[len(most)/2]/at[len(at)/2], "median-of-peak")
			})
		}
		for _, undo := range slices.Backward(undos) {
			undo()
		}
	}
}
