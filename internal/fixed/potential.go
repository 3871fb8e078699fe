package fixed

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/bits"
)

// A Potential is the exact sum of non-negative float64 terms, such as squared
// distances: an integer in units of 2^-320, wide enough for 2^50 squared
// distances between any float32 rows. It needs no scale, so a shard can add its
// terms before anyone knows the largest one, and its order does not matter.
// The zero value is the empty sum. It travels as JSON (hexadecimal text).
type Potential struct {
	limbs   [potentialLimbs]uint64 // 32 bits each, and carries not yet passed on
	pending int                    // additions since the carries were passed on
}

const (
	potentialLimbs = 22   // 704 bits: up to 2^384
	potentialUnit  = -320 // squares of float32 differences are multiples of 2^-298
	maxPending     = 1 << 30
)

// Add adds the term v. Bits of v below 2^-320 (none of a squared distance) are
// rounded to nearest even. It panics when v is negative, NaN or infinite.
func (p *Potential) Add(v float64) {
	b := math.Float64bits(v)
	e := int(b >> 52) // with the sign on top: a negative v is out of range below
	m := b & (1<<52 - 1)
	if e == 0 {
		if b == 0 {
			return
		}
		e = 1
	} else {
		m |= 1 << 52
	}
	at := e - 1075 - potentialUnit // of the lowest bit of m
	if at < 0 {
		m, at = roundShift(m, uint(-at)), 0
	}
	i, off := at>>5, uint(at&31)
	if i+2 >= potentialLimbs || e >= 2047 {
		if b == 1<<63 { // minus zero
			return
		}
		panic(fmt.Sprintf("fixed: Potential: term %v is not a sum of squares of float32", v))
	}
	lo := m << off
	p.limbs[i] += lo & (1<<32 - 1)
	p.limbs[i+1] += lo >> 32
	p.limbs[i+2] += m >> (64 - off)
	if p.pending++; p.pending == maxPending {
		p.carry()
	}
}

// carry passes the carries on: every limb is below 2^32 afterwards.
func (p *Potential) carry() {
	var c uint64
	for i := range p.limbs {
		c += p.limbs[i]
		p.limbs[i] = c & (1<<32 - 1)
		c >>= 32
	}
	p.pending = 0
}

// Merge adds the sum o.
func (p *Potential) Merge(o *Potential) {
	q := *o
	q.carry()
	p.carry()
	for i, v := range q.limbs {
		p.limbs[i] += v
	}
	p.carry()
}

// Cmp returns -1, 0 or 1 as p is less than, equal to or greater than o.
func (p *Potential) Cmp(o *Potential) int {
	a, b := *p, *o
	a.carry()
	b.carry()
	for i := potentialLimbs - 1; i >= 0; i-- {
		if a.limbs[i] != b.limbs[i] {
			if a.limbs[i] < b.limbs[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// IsZero reports whether every term was zero.
func (p *Potential) IsZero() bool { return p.limbs == [potentialLimbs]uint64{} }

// Float64 returns the sum rounded once to float64 (nearest even).
func (p *Potential) Float64() float64 {
	if p.IsZero() {
		return 0
	}
	f := new(big.Float).SetInt(new(big.Int).SetBytes(p.bytes()))
	v, _ := f.SetMantExp(f, potentialUnit).Float64()
	return v
}

// Shift returns the scale at which the sum is a 63-bit integer: Quantise with it
// makes a number below 2^63 of the sum and of each term. It is 0 for the empty sum.
func (p *Potential) Shift() int {
	q := *p
	q.carry()
	for i := potentialLimbs - 1; i >= 0; i-- {
		if v := q.limbs[i]; v != 0 {
			return 63 - (i*32 + bits.Len64(v) + potentialUnit)
		}
	}
	return 0
}

// Quantise returns floor(sum 2^Shift), which has 63 bits (0 for the empty sum).
func (p *Potential) Quantise() uint64 {
	q := *p
	q.carry()
	drop := -(p.Shift() + potentialUnit) // bits of the integer below the result
	var v uint64
	for i, l := range q.limbs {
		if at := 32*i - drop; at >= 0 {
			v |= l << at
		} else {
			v |= l >> -at
		}
	}
	return v
}

// bytes returns the integer, big endian.
func (p *Potential) bytes() []byte {
	q := *p
	q.carry()
	var b []byte
	for i := potentialLimbs - 1; i >= 0; i-- {
		v := q.limbs[i]
		b = append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	return b
}

// MarshalText returns the sum as hexadecimal text without leading zeros.
func (p Potential) MarshalText() ([]byte, error) {
	b := p.bytes()
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return hex.AppendEncode(nil, b), nil
}

// UnmarshalText reads what MarshalText wrote.
func (p *Potential) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil {
		return fmt.Errorf("fixed: a potential: %w", err)
	}
	if len(b) > 4*potentialLimbs {
		return fmt.Errorf("fixed: a potential of %d bytes, not %d", len(b), 4*potentialLimbs)
	}
	*p = Potential{}
	for i, v := range b {
		at := len(b) - 1 - i
		p.limbs[at/4] |= uint64(v) << (at % 4 * 8)
	}
	return nil
}

// roundShift returns m / 2^n rounded to nearest even.
func roundShift(m uint64, n uint) uint64 {
	if n > 64 {
		return 0
	}
	q := m >> n
	low := m << (64 - n) // n is at least 1
	if low > 1<<63 || low == 1<<63 && q&1 == 1 {
		q++
	}
	return q
}
