package lloyd

import (
	"math"
	"math/rand/v2"
)

// embeddings returns n unit vectors in d dimensions which lie near a curved
// 12-dimensional surface, in groups whose sizes follow 1/rank: the long-tailed
// data of low intrinsic dimension that pruning is for.
func embeddings(rnd *rand.Rand, n, d int) []float32 {
	const inner, groups = 12, 2000
	mean := gaussian(rnd, groups*inner)
	into := gaussian(rnd, inner*d)
	weights := make([]float64, groups)
	total := 0.0
	for g := range weights {
		total += 1 / float64(g+1)
		weights[g] = total
	}
	x := make([]float32, 0, n*d)
	for range n {
		w := rnd.Float64() * total
		g := 0
		for weights[g] < w {
			g++
		}
		z := gaussian(rnd, inner)
		for t := range z {
			z[t] = mean[g*inner+t] + 0.35*z[t]
		}
		row := make([]float64, d)
		norm := 0.0
		for t := range row {
			var v float64
			for s, u := range z {
				v += float64(u * into[s*d+t])
			}
			row[t] = math.Tanh(v/math.Sqrt(inner)) + 0.05*rnd.NormFloat64()
			norm += row[t] * row[t]
		}
		norm = math.Sqrt(norm)
		for _, v := range row {
			x = append(x, float32(v/norm))
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
