package lloyd

import (
	"math"
	"math/rand/v2"
)

// embeddings returns n unit vectors in d dimensions: a mixture in 12 dimensions
// whose group sizes follow 1/rank, bent into d dimensions by two random tanh
// layers, and a little noise. It is the recipe of `longtail` in bench/datasets.py:
// the long-tailed data of low intrinsic dimension that pruning is for.
func embeddings(rnd *rand.Rand, n, d int) []float32 {
	const latent, hidden, groups = 12, 64, 2000
	mean := gaussian(rnd, groups*latent)
	first, second := gaussian(rnd, latent*hidden), gaussian(rnd, hidden*d)
	share := make([]float64, groups)
	total := 0.0
	for g := range share {
		total += 1 / float64(g+1)
		share[g] = total
	}
	x := make([]float32, 0, n*d)
	row := make([]float64, d)
	for range n {
		at, g := rnd.Float64()*total, 0
		for share[g] < at {
			g++
		}
		z := gaussian(rnd, latent)
		for t := range z {
			z[t] = mean[g*latent+t] + 0.25*z[t]
		}
		clear(row)
		for h := range hidden {
			v := 0.0
			for t, u := range z {
				v += float64(u * first[t*hidden+h])
			}
			v = math.Tanh(1.5 * v / math.Sqrt(latent))
			for t := range row {
				row[t] += v * float64(second[h*d+t])
			}
		}
		norm := 0.0
		for t, v := range row {
			row[t] = math.Tanh(v/8) + 0.02*rnd.NormFloat64()
			norm += row[t] * row[t]
		}
		for _, v := range row {
			x = append(x, float32(v/math.Sqrt(norm)))
		}
	}
	return x
}

func gaussian(rnd *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rnd.NormFloat64())
	}
	return x
}
