package seeding

import "math"

// coarse holds the rows of a greedy seeding in 16 bits, to rule out most pairs
// of a row and a trial with a quarter of the operations of sums8.
//
// Let c = x - mean for the rows i and r, n = |c|, and q = round(c s) with the
// row's own s = 32000 / n, so that |q| < 32768 and no sum of 16-bit products can
// overflow 32 bits. With e = |c - q/s|, Cauchy-Schwarz gives
//
//	c_i c_r <= (q_i q_r) / (s_i s_r) + e_i n_r + (n_i + e_i) e_r
//	|x_i - x_r|^2 = n_i^2 + n_r^2 - 2 c_i c_r
//
// so the right-hand side bounds the squared distance from below, and a trial r
// cannot improve on row i at squared distance D_i when
//
//	(n_i^2 - D_i) + n_r^2 - q_i q_r (2/s_i) (1/s_r) - 2 e_i n_r - 2 (n_i + e_i) e_r >= 0
//
// which is evaluated in float32 as own + trial - …: some ten roundings of 2^-24
// of at most 4 (n_i^2 + n_r^2 + D_i), for which own and trial are lowered by 2^-17
// of their parts, and by 2^-110 for what underflows. The float64 computation of n, e and
// c, and the specification's own rounding, are far inside that margin.
type coarse struct {
	d    int     // a multiple of 32
	q    []int16 // the rows, d apart
	fit  []fit
	own  []float32 // changes with D_i
	rows []rowTerms
}

// fit is what a row's lower bound is made of.
type fit struct{ n, e, s float64 }

// rowTerms and trialTerms are the float32 factors of the bound, in the order
// that the assembly reads them.
type rowTerms struct{ scale, e, n float32 } // 2/s, 2e, 2(n+e)

type trialTerms struct{ trial, scale, n, e [lanes]float32 } // n^2, 1/s, n, e

const (
	coarseNorm  = 32000
	coarseSlack = 0x1p-17
	coarseTiny  = 0x1p-110
)

func newCoarse(x []float32, d int) *coarse {
	m := len(x) / d
	c := &coarse{d: (d + 31) &^ 31, fit: make([]fit, m), own: make([]float32, m), rows: make([]rowTerms, m)}
	c.q = make([]int16, m*c.d)
	mean := make([]float64, d)
	for i, v := range x {
		mean[i%d] += float64(v)
	}
	for j := range mean {
		mean[j] /= float64(max(1, m))
	}
	for i := range m {
		c.add(i, x[i*d:(i+1)*d], mean)
	}
	return c
}

func (c *coarse) add(i int, x []float32, mean []float64) {
	var n2 float64
	for j, v := range x {
		e := float64(v) - mean[j]
		n2 += e * e
	}
	f := fit{n: math.Sqrt(n2)}
	if f.n > 0x1p-50 { // else q = 0 and all of it is error
		f.s = coarseNorm / f.n
	}
	var e2 float64
	q := c.q[i*c.d:]
	for j, v := range x {
		e := float64(v) - mean[j]
		p := math.RoundToEven(e * f.s)
		q[j] = int16(p)
		if f.s > 0 {
			e -= p / f.s
		}
		e2 += e * e
	}
	f.e = math.Sqrt(e2) * (1 + 0x1p-20)
	f.n *= 1 + 0x1p-20
	c.fit[i] = f
	r := rowTerms{e: float32(2 * f.e), n: float32(2 * (f.n + f.e))}
	if f.s > 0 {
		r.scale = float32(2 / f.s)
	}
	c.rows[i] = r
}

// setOwn renews the part of the bound that depends on the row's distance.
func (c *coarse) setOwn(i int, d2 float64) {
	n2 := c.fit[i].n * c.fit[i].n
	c.own[i] = float32((n2 - d2) - coarseSlack*(n2+d2) - coarseTiny)
}

// trials returns the factors of up to 8 trials, the last one again in the lanes
// that are left, and copies their rows into q.
func (c *coarse) trials(rows []int, q []int16) (t trialTerms) {
	for l := range lanes {
		r := rows[min(l, len(rows)-1)]
		f := c.fit[r]
		t.trial[l] = float32(f.n * f.n * (1 - coarseSlack))
		if f.s > 0 {
			t.scale[l] = float32(1 / f.s)
		}
		t.n[l], t.e[l] = float32(f.n), float32(f.e)
		copy(q[l*c.d:(l+1)*c.d], c.q[r*c.d:(r+1)*c.d])
	}
	return t
}

// maybeGo sets bit l of masks[i] unless trial l cannot improve on the row listed
// as rows[i].
func (c *coarse) maybeGo(rows []int32, q []int16, t *trialTerms, masks []uint8) {
	for i, r := range rows {
		row, own := c.rows[r], c.own[r]
		x := c.q[int(r)*c.d : (int(r)+1)*c.d]
		masks[i] = 0
		for l := range lanes {
			var dot int32
			for j, v := range q[l*c.d : (l+1)*c.d] {
				dot += int32(v) * int32(x[j])
			}
			b := own + t.trial[l]
			b -= float32(dot) * (row.scale * t.scale[l])
			b -= row.e * t.n[l]
			b -= row.n * t.e[l]
			if !(b >= 0) {
				masks[i] |= 1 << l
			}
		}
	}
}
