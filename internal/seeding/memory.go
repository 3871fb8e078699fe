package seeding

import (
	"leveler/internal/fixed"
	"leveler/internal/kernel"
)

// Candidates draws the candidates of kmeans|| from the rows of x, in memory, with
// oversampling factor l in the usual rounds (0: Oversample's). It returns their
// rows in the order drawn, the weight of each: the number of rows that it is
// nearest to, and which is nearest to each row.
func Candidates(x []float32, d, k, l int, key Key, threads int) (rows []int, weights []int64, nearest []int32, err error) {
	n := len(x) / d
	if n == 0 || k < 1 {
		return nil, nil, nil, &TooFewError{Want: k}
	}
	near := &kernel.Nearest{Best: make([]float64, n), Near: make([]int32, n)}
	newest := []int{int(key.First(int64(n)))}
	for round := 0; ; round++ {
		// Update: the distances to the newest candidates.
		c := kernel.New(Rows(x, d, newest), len(newest), d)
		Update(x, d, c, len(rows), Rows(x, d, rows), near, threads)
		rows = append(rows, newest...)

		var potential fixed.Potential
		for _, v := range near.Best {
			potential.Add(v)
		}
		weights = make([]int64, len(rows))
		distinct := 0
		for _, c := range near.Near {
			if weights[c]++; weights[c] == 1 {
				distinct++
			}
		}
		switch {
		case round >= Rounds && distinct >= k:
			return rows, weights, near.Near, nil
		case potential.IsZero() && distinct < k:
			return nil, nil, nil, &TooFewError{Want: k, Found: distinct}
		case potential.IsZero():
			return rows, weights, near.Near, nil
		}

		// Draw the next ones; a round that draws none is followed by the next.
		for newest = newest[:0]; ; round++ {
			over := Oversample(k, round)
			if l > 0 && round < Rounds {
				over = l
			}
			draw := NewOversampler(&potential, over)
			for i, v := range near.Best {
				if draw.Chosen(key.Oversample(round, int64(i)), v) {
					newest = append(newest, i)
				}
			}
			if len(newest) > 0 {
				break
			}
		}
	}
}

// Parallel seeds k centroids by kmeans|| in memory: Candidates, then Recluster.
// A row is near the chosen row that its nearest candidate is near.
func Parallel(x []float32, d, k, l int, flops float64, key Key, threads int) (Choice, error) {
	rows, weights, nearest, err := Candidates(x, d, k, l, key, threads)
	if err != nil {
		return Choice{}, err
	}
	chosen, err := Recluster(Rows(x, d, rows), d, weights, k, flops, key, threads)
	if err != nil {
		return Choice{}, err
	}
	for i, c := range chosen.Rows {
		chosen.Rows[i] = rows[c]
	}
	for i, c := range nearest {
		nearest[i] = chosen.Near[c]
	}
	return Choice{chosen.Rows, nearest}, nil
}

// inParts calls f for the parts of n rows, one a thread.
func inParts(n, threads int, f func(from, to int)) {
	threads = max(1, min(threads, n))
	div := Division{Cells: make([][]int32, threads)}
	_ = div.each(threads, func(t int) error {
		f(n*t/threads, n*(t+1)/threads)
		return nil
	})
}
