// Package pick chooses a quota of rows from every cluster, the ones with the
// lowest keys, over shards that are seen in any order.
//
// It works in two passes that need no shuffle of rows: the first finds for
// every cluster the cut, the last key that is in; the second takes what lies
// at or below its cluster's cut.
package pick

import (
	"cmp"
	"math"
	"slices"

	"leveler/internal/rng"
)

// Key orders the rows of a cluster: by Value, ties to the lowest row number.
type Key struct {
	Value uint64
	Row   int64
}

// Compare orders keys.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Value, o.Value), cmp.Compare(k.Row, o.Row))
}

// Closest is the key that prefers rows close to their centroid, from the
// squared distance (>= 0).
func Closest(d2 float64, row int64) Key {
	return Key{math.Float64bits(d2), row} // the bits of floats >= 0 order as the floats do
}

// Random is the key that prefers no row: a hash of what the draw is for.
func Random(row int64, seed uint64, purpose ...uint64) Key {
	var parts [8]uint64 // on the stack: this runs for every row
	return Key{rng.Hash(seed, append(append(parts[:0], purpose...), uint64(row))...), row}
}

// Cuts holds, per cluster, the last key that is in; All or None where every row
// is in or no row is.
type Cuts []Key

// All is the cut of a cluster whose every row is in.
var All = Key{math.MaxUint64, math.MaxInt64}

// None is the cut of a cluster of which no row is in.
var None = Key{0, -1}

// In tells whether a row with this key is in.
func (c Cuts) In(cluster int32, k Key) bool { return k.Compare(c[cluster]) <= 0 }

// Lowest keeps, per cluster, the quota's lowest keys of what it has seen: 16
// bytes for each. What it keeps depends neither on the order of See nor on
// which rows were left out by a Lowest of the same quota before.
type Lowest struct {
	Quota []int64
	keys  [][]Key // a max-heap once it holds the quota
}

// NewLowest starts with nothing seen. A quota of 0 keeps nothing.
func NewLowest(quota []int64) *Lowest {
	return &Lowest{Quota: quota, keys: make([][]Key, len(quota))}
}

// See offers one row.
func (l *Lowest) See(cluster int32, k Key) {
	q := l.Quota[cluster]
	h := l.keys[cluster]
	switch {
	case q == 0:
	case int64(len(h)) < q:
		h = append(h, k)
		for i := len(h) - 1; i > 0; { // sift up
			p := (i - 1) / 2
			if h[p].Compare(h[i]) >= 0 {
				break
			}
			h[p], h[i] = h[i], h[p]
			i = p
		}
		l.keys[cluster] = h
	case k.Compare(h[0]) < 0:
		h[0] = k
		for i := 0; ; { // sift down
			c := 2*i + 1
			if c >= len(h) {
				break
			}
			if c+1 < len(h) && h[c+1].Compare(h[c]) > 0 {
				c++
			}
			if h[i].Compare(h[c]) >= 0 {
				break
			}
			h[i], h[c] = h[c], h[i]
			i = c
		}
	}
}

// Candidate is one kept row, as it travels.
type Candidate struct {
	Cluster int32
	Key     Key
}

// Candidates returns what is kept, in order of cluster and key.
func (l *Lowest) Candidates() []Candidate {
	n := 0
	for _, h := range l.keys {
		n += len(h)
	}
	out := make([]Candidate, 0, n)
	for c, h := range l.keys {
		slices.SortFunc(h, Key.Compare)
		slices.Reverse(h) // a sorted descending slice is a max-heap still
		for i := len(h) - 1; i >= 0; i-- {
			out = append(out, Candidate{int32(c), h[i]})
		}
	}
	return out
}

// Cuts returns the cuts once everything has been seen: the last key kept, so
// that a cluster smaller than its quota is in whole.
func (l *Lowest) Cuts() Cuts {
	cuts := make(Cuts, len(l.Quota))
	for c, h := range l.keys {
		switch {
		case l.Quota[c] == 0 || len(h) == 0:
			cuts[c] = None
		default:
			cuts[c] = h[0]
		}
	}
	return cuts
}
