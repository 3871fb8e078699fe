//go:build unix

package lloyd

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// BenchmarkFit runs 25 passes from the same centroids, with bounds and without.
func BenchmarkFit(b *testing.B) {
	const n, k, d, passes = 60000, 1000, 384, 25
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, data := range []struct {
		name string
		make func() []float32
	}{
		{"embeddings", func() []float32 { return embeddings(rnd, n, d) }},
		{"noise", func() []float32 { return gaussian(rnd, n*d) }},
	} {
		x := data.make()
		for _, how := range []struct {
			name    string
			bounds  bool
			threads int
		}{{"bounds", true, 1}, {"dense", false, 1}, {"bounds2", true, 2}} {
			b.Run(data.name+"/"+how.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					a := NewAssigner(n, d)
					if !how.bounds {
						a.WithoutBounds()
					}
					run(a, x, n, k, d, passes, how.threads, nil)
				}
			})
		}
	}
}

// cpuSeconds returns what the process has used: on a shared machine the time that passes
// says little.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}

// BenchmarkNoise measures what bounds cost where there is nothing to gain: the CPU time of 25 passes
// over Gaussian noise with bounds by that without, interleaved, of the median times and of the sums of
// the least times of each pass, which other programs disturb less than that of a whole fit.
func BenchmarkNoise(b *testing.B) {
	for _, w := range []struct{ n, k, d int }{
		{60000, 1000, 4}, {60000, 1000, 8}, {60000, 2000, 16}, {40000, 1000, 32}, {20000, 1000, 64}, {10000, 1000, 384},
	} {
		b.Run(fmt.Sprintf("n=%d,k=%d,d=%d", w.n, w.k, w.d), func(b *testing.B) {
			x := gaussian(rand.New(rand.NewPCG(1, 1)), w.n*w.d)
			const passes = 25
			var took [2][]float64
			var least [2][passes]float64
			for b.Loop() {
				for range 9 {
					for how := range took {
						a := NewAssigner(w.n, w.d)
						if how == 1 {
							a.WithoutBounds()
						}
						begin := cpuSeconds()
						at := begin
						run(a, x, w.n, w.k, w.d, passes, 1, func(it int, _ *kernel.Centroids, _ *fixed.Sums, _ int64) {
							now := cpuSeconds()
							if v := now - at; least[how][it] == 0 || v < least[how][it] {
								least[how][it] = v
							}
							at = now
						})
						took[how] = append(took[how], at-begin)
					}
				}
			}
			var sums [2]float64
			for how := range took {
				slices.Sort(took[how])
				for _, v := range least[how] {
					sums[how] += v
				}
			}
			middle := len(took[0]) / 2
			b.ReportMetric(sums[0]/sums[1], "least-with/without")
			b.ReportMetric(took[0][middle]/took[1][middle], "median-with/without")
			b.ReportMetric(took[1][0], "cpu-s/fit")
		})
	}
}

// TestTrace prints what each pass of a fit did; it runs only when asked for, as in
// LLOYD_TRACE="embeddings 60000 1000 384,noise 20000 1000 64".
func TestTrace(t *testing.T) {
	if os.Getenv("LLOYD_TRACE") == "" {
		t.Skip("set LLOYD_TRACE")
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, what := range strings.Split(os.Getenv("LLOYD_TRACE"), ",") {
		var data string
		var n, k, d int
		if _, err := fmt.Sscan(what, &data, &n, &k, &d); err != nil {
			t.Fatal(err)
		}
		x := embeddings(rnd, n, d)
		if data == "noise" {
			x = gaussian(rnd, n*d)
		}
		c := append([]float32(nil), x[:k*d]...)
		scale := fixed.ChooseScale(8, int64(n), true)
		sums := fixed.NewSums(k, d, scale)
		a := NewAssigner(n, d)
		total := 0.0
		for it := range 25 {
			begin := cpuSeconds()
			cent := kernel.New(c, k, d)
			packed := cpuSeconds() - begin
			sums.Reset()
			moved := a.Next(x, cent, sums, 1)
			took := cpuSeconds() - begin
			total += took
			c = append([]float32(nil), c...)
			for j := range k {
				if sums.Counts[j] > 0 {
					sums.Mean(j, c[j*d:(j+1)*d])
				}
			}
			fmt.Printf("%s it %2d  %8.2f ms (new %.2f) moved %6d  %+v\n", data, it, took*1e3,
				packed*1e3, moved, a.prune.last)
		}
		fmt.Println(data, total)
	}
}
