package kernel

import "unsafe"

// Apart tells whether rows with different neighbours are scored one by one, so that Near
// pays for the smallest groups, and Improve may be called.
func (c *Centroids) Apart() bool { return c.path == pathInt16 }

// Nearest is each row's nearest among a growing number of centroids: Best its SquaredDistance, Near
// its number. Goroutines may share one, each for rows of its own.
type Nearest struct {
	Best []float64
	Near []int32

	labels       []int32
	upper, lower []float32
}

// Reserve makes room for Improve.
func (n *Nearest) Reserve() {
	n.labels = make([]int32, len(n.Near))
	n.upper, n.lower = make([]float32, len(n.Near)), make([]float32, len(n.Near))
}

// Reach returns the radius of a neighbourhood for Improve, given the largest SquaredDistance
// of a row to its centre.
func Reach(most float64) float32 { return rootUp(most*(1+exactError)) * 2 * NearMargin * NearMargin }

// Improve compares the listed rows of x, the nearest of which is centre a, with the centroids
// near it, the first of which is to get the number first, and updates n where one of these is
// nearer; at equal distance nothing changes. Rows for which that would take longer than among
// all centroids are appended to rest, for ImproveAll.
func (s *Near) Improve(x []float32, a int, rows []int32, n *Nearest, first int32, rest []int32, scratch *Scratch) []int32 {
	few := scratch.few[:0]
	for _, r := range rows {
		n.upper[r] = rootUp(n.Best[r] * (1 + exactError))
		switch {
		case n.Best[r] == 0:
		case s.large[a] || !s.Few(a, n.upper[r]):
			rest = append(rest, r)
		default:
			few = append(few, r)
		}
	}
	scratch.few = few
	if len(few) == 0 || len(s.lists[a]) == 0 {
		return rest
	}
	s.Assign(x, a, few, n.labels, n.upper, n.lower, scratch)
	nearer := few[:0]
	for _, r := range few {
		if n.labels[r] >= 0 {
			nearer = append(nearer, r)
		}
	}
	n.fold(s.c, x, nearer, first, scratch)
	return rest
}

// ImproveAll is Improve among all centroids.
func (c *Centroids) ImproveAll(x []float32, rows []int32, n *Nearest, first int32, scratch *Scratch) {
	if len(rows) > 0 {
		c.AssignRows(x, rows, n.labels, n.upper, n.lower, scratch)
		n.fold(c, x, rows, first, scratch)
	}
}

// fold compares the rows listed with the centroids that they are labelled with.
func (n *Nearest) fold(c *Centroids, x []float32, rows []int32, first int32, scratch *Scratch) {
	e := &scratch.exact
	e.d = c.d
	for i := 0; i < len(rows); i += exactWidth {
		batch := rows[i:min(i+exactWidth, len(rows))]
		for l := range exactWidth {
			r := batch[min(l, len(batch)-1)]
			e.a[l] = unsafe.Pointer(&x[int(r)*c.d])
			e.b[l] = unsafe.Pointer(&c.rows[int(n.labels[r])*c.d])
		}
		e.run()
		for l, r := range batch {
			if e.out[l] < n.Best[r] {
				n.Best[r], n.Near[r] = e.out[l], first+n.labels[r]
			}
		}
	}
}
