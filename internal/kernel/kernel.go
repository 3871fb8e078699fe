// Package kernel assigns rows to their nearest centroid: the step in which
// k-means spends its time.
//
// # Specification
//
// The answer is defined by SquaredDistance alone: the label of a row is the
// cluster whose float64 squared distance, summed over the dimensions in index
// order, is smallest, ties to the lowest cluster. Every path gives that label
// bit for bit, whatever the instruction set, the tile shape, the number of rows
// in a call or their order. Plain Go is always compiled (build tag noasm leaves
// it alone); the fast paths compute approximate scores which only discard
// clusters that provably cannot win, and what is left is evaluated as specified.
// PROOF.md derives the bounds.
//
// # Memory
//
// A Centroids holds the packed copy of the k x d centroids that its path needs:
// half their own size in bf16 or 16-bit integers, their own in float32, and both where these turned out
// too coarse. A Scratch holds about 1.5 MB of blocks of rows and scores per goroutine;
// nothing of size n x k exists.
package kernel

import (
	"fmt"
	"sync"
	"sync/atomic"
)

//go:generate go run ./gen

// SquaredDistance is the specification: the squared Euclidean distance of a and
// b in float64, summed over the dimensions in index order. The conversion of
// the product forbids the compiler to fuse it with the addition, which it
// otherwise does on arm64 and at GOAMD64=v3, with other last bits.
func SquaredDistance(a, b []float32) float64 {
	b = b[:len(a)]
	var s float64
	for i, v := range a {
		d := float64(v) - float64(b[i])
		s += float64(d * d)
	}
	return s
}

// Centroids is a set of k centroids of d dimensions, packed for the kernels. It
// never changes, and any number of goroutines may use one at a time.
type Centroids struct {
	k, d   int
	rows   []float32 // row-major, the caller's
	path   path
	inner  bool    // of NewInner
	packed *packed // of the fast paths

	// Of path AMX: whether bf16 left too much open, and the panels for then.
	blurred  atomic.Bool
	packFine sync.Once
	fine     *packed

	// Of path direct: whether too many rows lie between panels.
	crowded atomic.Bool
}

// New packs the k x d row-major centroids c, which it keeps and which must not
// change afterwards. It panics when the lengths disagree or k or d is below 1.
func New(c []float32, k, d int) *Centroids { return newCentroids(c, k, d, false) }

func newCentroids(c []float32, k, d int, inner bool) *Centroids {
	if k < 1 || d < 1 || len(c) != k*d {
		panic(fmt.Sprintf("kernel: %d values are not %d centroids of %d dimensions", len(c), k, d))
	}
	s := &Centroids{k: k, d: d, rows: c, path: choosePath(d), inner: inner}
	if s.path != pathGeneric {
		s.packed = pack(s, s.path.shape(d))
		if s.packed == nil {
			s.path = pathExact
		}
	}
	return s
}

// K returns the number of centroids.
func (c *Centroids) K() int { return c.k }

// D returns the number of dimensions.
func (c *Centroids) D() int { return c.d }

// Row returns centroid j, which must not be changed.
func (c *Centroids) Row(j int) []float32 { return c.rows[j*c.d : (j+1)*c.d : (j+1)*c.d] }

// Assign sets labels[i] to the cluster nearest to row i of x by SquaredDistance, or
// of NewInner by InnerProduct, ties to the lowest, for the len(labels) rows of x. It panics
// when len(x) is not len(labels) times d. The rows must be finite.
func (c *Centroids) Assign(x []float32, labels []int32, s *Scratch) {
	c.check(x, labels)
	c.assign(&work{x: x, n: len(labels), labels: labels}, s)
}

// Distances sets dist[i] to SquaredDistance of row i of x and centroid
// labels[i], exactly. It panics when the lengths disagree.
func (c *Centroids) Distances(x []float32, labels []int32, dist []float64) {
	c.check(x, labels)
	if len(dist) != len(labels) {
		panic(fmt.Sprintf("kernel: %d distances for %d labels", len(dist), len(labels)))
	}
	done := 0
	if c.path != pathGeneric {
		done = c.distancesExact(x, labels, dist)
	}
	c.distancesGeneric(x[done*c.d:], labels[done:], dist[done:])
}

func (c *Centroids) check(x []float32, labels []int32) {
	if len(x) != len(labels)*c.d {
		panic(fmt.Sprintf("kernel: %d values for %d rows of %d dimensions", len(x), len(labels), c.d))
	}
}
