//go:build unix

package kernel

import (
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
)

// cpuSeconds returns what the process has used: on a shared machine the time that passes
// says little.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}

// The workloads of the study, with rows for about a second of one core.
var workloads = []struct {
	name    string
	n, k, d int
}{
	{"A", 20000, 1000, 384},
	{"B", 50000, 1000, 64},
	{"C", 2000, 10000, 768},
	{"D", 200000, 1000, 2},
	{"d=8", 100000, 1000, 8},
	{"d=16", 50000, 1000, 16},
	{"d=24", 50000, 1000, 24},
	{"d=32", 50000, 1000, 32},
}

func BenchmarkAssign(b *testing.B) {
	for _, w := range workloads {
		rnd := rand.New(rand.NewPCG(1, 1))
		x, c := gaussian(rnd, w.n*w.d), gaussian(rnd, w.k*w.d)
		var undos []func()
		for _, p := range switches() {
			if p.name == "generic" && w.name != "D" {
				continue // half a minute
			}
			undos = append(undos, p.off())
			b.Run(w.name+"/"+p.name, func(b *testing.B) {
				labels := make([]int32, w.n)
				cent := New(c, w.k, w.d)
				if cent.Path() != p.name {
					b.Skipf("takes the path %s", cent.Path())
				}
				var s Scratch
				cent.Assign(x, labels, &s)
				b.ReportAllocs()
				begin := cpuSeconds()
				for b.Loop() {
					cent.Assign(x, labels, &s)
				}
				spent := (cpuSeconds() - begin) / float64(b.N)
				flops := 2 * float64(w.n) * float64(w.k) * float64(w.d)
				b.ReportMetric(flops/spent/1e9, "GF/cpu-s")
				b.ReportMetric(spent/float64(w.n)*1e9, "cpu-ns/row")
			})
		}
		for _, undo := range slices.Backward(undos) {
			undo()
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			c := gaussian(rand.New(rand.NewPCG(1, 1)), w.k*w.d)
			for b.Loop() {
				New(c, w.k, w.d)
			}
		})
	}
}

func BenchmarkDistances(b *testing.B) {
	const n, k, d = 10000, 1000, 384
	rnd := rand.New(rand.NewPCG(1, 1))
	x, c := gaussian(rnd, n*d), gaussian(rnd, k*d)
	labels, dist := make([]int32, n), make([]float64, n)
	for i := range labels {
		labels[i] = int32(rnd.IntN(k))
	}
	cent := New(c, k, d)
	for b.Loop() {
		cent.Distances(x, labels, dist)
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/float64(n)*1e9, "ns/row")
}
