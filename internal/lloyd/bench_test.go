package lloyd

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

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

// TestTrace prints what each pass of a fit did; it runs only when asked for.
func TestTrace(t *testing.T) {
	if os.Getenv("LLOYD_TRACE") == "" {
		t.Skip("set LLOYD_TRACE=1")
	}
	const n, k, d = 60000, 1000, 384
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, data := range strings.Split(os.Getenv("LLOYD_TRACE"), ",") {
		x := embeddings(rnd, n, d)
		if data == "noise" {
			x = gaussian(rnd, n*d)
		}
		c := append([]float32(nil), x[:k*d]...)
		scale := fixed.ChooseScale(8, n, true)
		sums := fixed.NewSums(k, d, scale)
		a := NewAssigner(n, d)
		total := time.Duration(0)
		for it := range 25 {
			begin := time.Now()
			cent := kernel.New(c, k, d)
			packed := time.Since(begin)
			sums.Reset()
			moved := a.Next(x, cent, sums, 1)
			took := time.Since(begin)
			total += took
			c = append([]float32(nil), c...)
			for j := range k {
				if sums.Counts[j] > 0 {
					sums.Mean(j, c[j*d:(j+1)*d])
				}
			}
			fmt.Printf("%s it %2d  %8.2f ms (new %.2f) moved %6d  %+v\n", data, it, took.Seconds()*1e3,
				packed.Seconds()*1e3, moved, a.prune.last)
		}
		fmt.Println(data, total)
	}
}
