package fixed

import (
	"fmt"
	"math"
)

// Sums holds the sum and the number of the rows of each of K clusters in D
// dimensions. The slices are exported to be written and compared; Hi[j*D+i] and
// Lo[j*D+i] are the limbs of dimension i of cluster j (Lo is nil with one limb).
// It is not safe for concurrent use: give each goroutine its own, or its own
// clusters, and Merge.
type Sums struct {
	K, D   int
	Scale  Scale
	Hi, Lo []int64
	Counts []int64
}

// NewSums returns empty sums of k clusters in d dimensions.
func NewSums(k, d int, s Scale) *Sums {
	if s.Limbs != 1 && s.Limbs != 2 {
		panic(fmt.Sprintf("fixed: NewSums: limbs must be 1 or 2 (got %d)", s.Limbs))
	}
	if min(s.S, s.R) < -1022 || max(s.S, s.R) > 1023 {
		panic(fmt.Sprintf("fixed: NewSums: no scale of float32 rows is %+v", s))
	}
	u := &Sums{K: k, D: d, Scale: s, Hi: make([]int64, k*d), Counts: make([]int64, k)}
	if s.Limbs == 2 {
		u.Lo = make([]int64, k*d)
	}
	return u
}

// Add adds the row x to cluster j.
func (u *Sums) Add(j int, x []float32) { u.accumulate(j, x, 1) }

// Sub takes the row x from cluster j. It undoes Add exactly.
func (u *Sums) Sub(j int, x []float32) { u.accumulate(j, x, -1) }

// Move takes the row x from cluster from and adds it to cluster to. A negative
// cluster is none: the row is new, or leaves.
func (u *Sums) Move(x []float32, from, to int32) {
	if from == to {
		return
	}
	if from >= 0 {
		u.accumulate(int(from), x, -1)
	}
	if to >= 0 {
		u.accumulate(int(to), x, 1)
	}
}

// AddBlock adds the rows of x, one after another, to the clusters labels. A row
// with a negative label is left out.
func (u *Sums) AddBlock(x []float32, labels []int32) {
	if len(x) != len(labels)*u.D {
		panic(fmt.Sprintf("fixed: AddBlock: %d values for %d rows of %d", len(x), len(labels), u.D))
	}
	for i, j := range labels {
		if j >= 0 {
			u.accumulate(int(j), x[i*u.D:(i+1)*u.D], 1)
		}
	}
}

// accumulate adds sign times the row x to cluster j. Rounding to nearest even is
// symmetric, so the quantised -x is minus the quantised x.
func (u *Sums) accumulate(j int, x []float32, sign int64) {
	if len(x) != u.D {
		panic(fmt.Sprintf("fixed: a row of %d values, not %d", len(x), u.D))
	}
	s := float64(sign) * power(u.Scale.S)
	at := j * u.D
	if u.Lo == nil {
		addRow1(u.Hi[at:at+u.D], x, s)
	} else {
		addRow2(u.Hi[at:at+u.D], u.Lo[at:at+u.D], x, s, power(u.Scale.R))
	}
	u.Counts[j] += sign
}

// power returns 2^e, for an exponent that NewSums lets pass: math.Ldexp takes as long as a row
// of few dimensions.
func power(e int) float64 { return math.Float64frombits(uint64(e+1023) << 52) }

// Merge adds the sums o. It panics when o has another shape or scale.
func (u *Sums) Merge(o *Sums) {
	u.mustMatch(o, "Merge")
	addInts(u.Hi, o.Hi)
	addInts(u.Lo, o.Lo)
	addInts(u.Counts, o.Counts)
}

// Reset empties the sums.
func (u *Sums) Reset() {
	clear(u.Hi)
	clear(u.Lo)
	clear(u.Counts)
}

// CopyFrom makes u equal to o. It panics when o has another shape or scale.
func (u *Sums) CopyFrom(o *Sums) {
	u.mustMatch(o, "CopyFrom")
	copy(u.Hi, o.Hi)
	copy(u.Lo, o.Lo)
	copy(u.Counts, o.Counts)
}

func (u *Sums) mustMatch(o *Sums, what string) {
	if u.K != o.K || u.D != o.D || u.Scale != o.Scale {
		panic(fmt.Sprintf("fixed: %s: %d x %d at %+v with %d x %d at %+v",
			what, u.K, u.D, u.Scale, o.K, o.D, o.Scale))
	}
}

func addInts(dst, src []int64) {
	for i, v := range src {
		dst[i] += v
	}
}
