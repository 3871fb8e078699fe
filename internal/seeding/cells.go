package seeding

import "sync"

// DivisionIters is the number of Lloyd iterations that cut rows into cells. The
// cells only have to be compact; ten iterations are near convergence at sqrt(k).
const DivisionIters = 10

// A Division cuts rows into cells, each of which is seeded on its own: the parts
// may be seeded in any order, anywhere.
type Division struct {
	Cells  [][]int32 // the rows of each cell, in order
	Quotas []int     // centroids for each cell; they sum to k
}

// Divide cuts the rows of x into ceil(sqrt(k)) cells by k-means (DivisionIters
// iterations from k-means++) and apportions k over them, never more than a cell
// has distinct rows of positive weight. It fails with a *TooFewError.
//
// Rows with weights are the candidates of kmeans||, drawn by D^2: their number
// already says where centroids are needed, and is the cell's share. Rows without
// weights have the cell's inertia as share. Neither follows the number of rows:
// quotas by weight ended 4 % above kmeans|| on a long tail in 384 dimensions and
// at 3.5 times its inertia in two (docs/seeding.md).
func Divide(x []float32, d int, weights []int64, k int, key Key, threads int) (*Division, error) {
	m := len(x) / d
	all := make([]int32, m)
	for i := range all {
		all[i] = int32(i)
	}
	cells := min(CeilSqrt(k), countDistinct(x, d, all, weights))
	first, err := PlusPlus(x, d, weights, cells, key, threads)
	if err != nil {
		return nil, err
	}
	div := &Division{Cells: make([][]int32, cells)}
	centroids := Rows(x, d, first.Rows)
	labels := kmeans(x, d, centroids, DivisionIters, threads)
	for r, c := range labels {
		div.Cells[c] = append(div.Cells[c], int32(r))
	}
	var shares []uint64
	if weights == nil {
		shares = inertias(x, d, centroids, labels, threads)
	} else {
		for _, rows := range div.Cells {
			shares = append(shares, uint64(len(rows)))
		}
	}
	room := make([]int, cells)
	found := 0
	for c, rows := range div.Cells {
		room[c] = countDistinct(x, d, rows, weights)
		found += room[c]
	}
	if div.Quotas = apportion(k, shares, room); div.Quotas == nil {
		return nil, &TooFewError{Want: k, Found: found}
	}
	return div, nil
}

// Seed chooses the centroids of cell c by greedy k-means++ on its rows: Rows are
// numbers in x, Near is of the rows of the cell.
func (div *Division) Seed(c int, x []float32, d int, weights []int64, key Key) (Choice, error) {
	rows := div.Cells[c]
	var part []int64
	if weights != nil {
		for _, r := range rows {
			part = append(part, weights[r])
		}
	}
	chosen, err := PlusPlus(gather(x, d, rows), d, part, div.Quotas[c], key.cell(c), 1)
	for i, r := range chosen.Rows {
		chosen.Rows[i] = int(rows[r])
	}
	return chosen, err
}

// Cells seeds k centroids by cells: Divide, then Seed in each. It costs about
// 1/sqrt(k) of PlusPlus and chooses k distinct rows, cell by cell.
func Cells(x []float32, d int, weights []int64, k int, key Key, threads int) (Choice, error) {
	div, err := Divide(x, d, weights, k, key, threads)
	if err != nil {
		return Choice{}, err
	}
	parts := make([]Choice, len(div.Cells))
	err = div.each(threads, func(c int) (err error) {
		parts[c], err = div.Seed(c, x, d, weights, key)
		return err
	})
	if err != nil {
		return Choice{}, err
	}
	all := Choice{Near: make([]int32, len(x)/d)}
	for c, part := range parts {
		for i, j := range part.Near {
			all.Near[div.Cells[c][i]] = int32(len(all.Rows)) + j
		}
		all.Rows = append(all.Rows, part.Rows...)
	}
	return all, nil
}

// each runs f for every cell on the given number of goroutines and returns the
// error of the lowest cell that has one.
func (div *Division) each(threads int, f func(c int) error) error {
	var wait sync.WaitGroup
	var lock sync.Mutex
	next := 0
	errs := make([]error, len(div.Cells))
	faults := make([]any, len(div.Cells))
	for range max(1, threads) {
		wait.Go(func() {
			for {
				lock.Lock()
				c := next
				next++
				lock.Unlock()
				if c >= len(div.Cells) {
					return
				}
				func() {
					defer func() { faults[c] = recover() }()
					errs[c] = f(c)
				}()
			}
		})
	}
	wait.Wait()
	for c := range errs {
		if faults[c] != nil {
			panic(faults[c])
		}
		if errs[c] != nil {
			return errs[c]
		}
	}
	return nil
}

// Recluster chooses k of m weighted candidates: PlusPlus where its cost,
// 2 m k d Trials(k) floating-point operations, is at most flops, and Cells above.
func Recluster(x []float32, d int, weights []int64, k int, flops float64, key Key, threads int) (Choice, error) {
	if cost := 2 * float64(len(x)) * float64(k) * float64(Trials(k)); cost > flops {
		return Cells(x, d, weights, k, key, threads)
	}
	return PlusPlus(x, d, weights, k, key, threads)
}
