package lloyd

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

func TestDbg(t *testing.T) {
	if os.Getenv("LLOYD_DBG") == "" {
		t.Skip()
	}
	const n, k, d = 60000, 1000, 384
	rnd := rand.New(rand.NewPCG(1, 1))
	x := embeddings(rnd, n, d)
	c := append([]float32(nil), x[:k*d]...)
	sums := fixed.NewSums(k, d, fixed.ChooseScale(8, n, true))
	a := NewAssigner(n, d)
	for it := range 16 {
		cent := kernel.New(c, k, d)
		sums.Reset()
		a.Next(x, cent, sums, 1)
		c = append([]float32(nil), c...)
		for j := range k {
			sums.Mean(j, c[j*d:(j+1)*d])
		}
		p := &a.prune
		if p.last.mode == bounded {
			var h [7]int
			var rows [7]int
			for j := range k {
				s, _ := p.near.Size(j)
				b := 0
				for _, l := range []int{1, 32, 64, 128, 256, 400} {
					if s > l {
						b++
					}
				}
				h[b]++
				rows[b] += p.starts[j+1] - p.starts[j]
			}
			fmt.Println(it, "lists <=1,32,64,128,256,400,more", h, "rows", rows, p.last)
		}
	}
}
