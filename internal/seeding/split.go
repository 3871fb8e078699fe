package seeding

// SplitIters is the number of Lloyd iterations inside each cell of Split. An
// iteration there costs 1/sqrt(k) of one over all centroids.
const SplitIters = 5

// Split seeds k centroids by k-means on ceil(sqrt(k)) cells and then inside each
// of them: Divide, Seed, and SplitIters Lloyd iterations on the cell's own rows.
// The result is centroids, not rows: k of d values, cell by cell.
func Split(x []float32, d, k int, key Key, threads int) ([]float32, error) {
	div, err := Divide(x, d, nil, k, key, threads)
	if err != nil {
		return nil, err
	}
	first := make([]int, len(div.Cells)+1)
	for c, q := range div.Quotas {
		first[c+1] = first[c] + q
	}
	centroids := make([]float32, k*d)
	err = div.each(threads, func(c int) error {
		chosen, err := div.Seed(c, x, d, nil, key)
		if err != nil || len(chosen.Rows) == 0 {
			return err
		}
		part := Rows(x, d, chosen.Rows)
		kmeans(gather(x, d, div.Cells[c]), d, part, SplitIters, 1)
		copy(centroids[first[c]*d:], part)
		return nil
	})
	return centroids, err
}
