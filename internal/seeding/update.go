package seeding

import (
	"slices"
	"sync/atomic"

	"leveler/internal/kernel"
)

const (
	updateRows    = 2048 // rows that a goroutine takes at a time
	updateCentres = 64   // or centres
)

// ByCandidate tells whether Update wants the earlier candidates for that many rows.
func ByCandidate(c *kernel.Centroids, earlier, rows int) bool {
	return c.Apart() && earlier >= 16 && earlier < rows/4
}

// Update compares the rows of x with a round's new candidates c, numbered from first on, and near,
// each row's nearest of the earlier ones, is set where a new one is nearer. At equal distance
// the earlier one stays; the first round sets all. Where ByCandidate, earlier are
// the first candidates, row-major.
//
// A row at distance u from its candidate a cannot be nearer to what is 2u away from
// a: with more and more candidates a row meets fewer and fewer of the new ones.
func Update(x []float32, d int, c *kernel.Centroids, first int, earlier []float32, near *kernel.Nearest, threads int) {
	u := &update{x: x, d: d, c: c, first: int32(first), near: near, threads: threads}
	if ByCandidate(c, first, len(near.Near)) {
		u.byCentre(earlier)
		return
	}
	u.all()
}

type update struct {
	x       []float32
	d       int
	c       *kernel.Centroids
	first   int32
	near    *kernel.Nearest
	threads int
}

// all compares every row with every new candidate.
func (u *update) all() {
	n := len(u.near.Near)
	labels, dist := make([]int32, n), make([]float64, n)
	u.parts(n, updateRows, func(from, to int, s *kernel.Scratch) {
		x := u.x[from*u.d : to*u.d]
		u.c.Assign(x, labels[from:to], s)
		u.c.Distances(x, labels[from:to], dist[from:to])
		for i := from; i < to; i++ {
			if u.first == 0 || dist[i] < u.near.Best[i] {
				u.near.Best[i], u.near.Near[i] = dist[i], u.first+labels[i]
			}
		}
	})
}

// byCentre compares the rows of each earlier candidate with the new ones around it.
func (u *update) byCentre(earlier []float32) {
	m, n := int(u.first), len(u.near.Near)
	most, starts := make([]float64, m), make([]int, m+1)
	for i, j := range u.near.Near {
		starts[j+1]++
		most[j] = max(most[j], u.near.Best[i])
	}
	radius := make([]float32, m)
	for j := range m {
		starts[j+1] += starts[j]
		radius[j] = kernel.Reach(most[j])
	}
	rows, at := make([]int32, n), slices.Clone(starts)
	for i, j := range u.near.Near {
		rows[at[j]] = int32(i)
		at[j]++
	}
	var around kernel.Near
	around.Prepare(u.c, earlier, radius)
	u.parts(m, updateCentres, func(from, to int, s *kernel.Scratch) { around.Fill(from, to, s) })
	u.near.Reserve()
	u.parts(m, updateCentres, func(from, to int, s *kernel.Scratch) {
		var rest []int32
		for j := from; j < to; j++ {
			rest = around.Improve(u.x, j, rows[starts[j]:starts[j+1]], u.near, u.first, rest, s)
		}
		u.c.ImproveAll(u.x, rest, u.near, u.first, s)
	})
}

// parts calls f for parts of [0, n) of the given size on several goroutines.
func (u *update) parts(n, size int, f func(from, to int, s *kernel.Scratch)) {
	var next atomic.Int64
	inParts(u.threads, u.threads, func(int, int) {
		var s kernel.Scratch
		for from := int(next.Add(int64(size))) - size; from < n; from = int(next.Add(int64(size))) - size {
			f(from, min(from+size, n), &s)
		}
	})
}
