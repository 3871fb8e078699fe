package fixed

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A block is clusters [first, first+count) of a Sums, little endian:
//
//	"LVS1"  u32 K  u32 D  i32 S  i32 R  u32 limbs  u32 first  u32 count
//	i64 counts[count]  i64 hi[count*D]  i64 lo[count*D] (two limbs only)
const (
	blockMagic  = "LVS1"
	blockHeader = 4 + 7*4
)

// ErrBlock is returned for bytes that are no block of these sums.
var ErrBlock = errors.New("fixed: not a block of these sums")

// BlockClusters returns how many clusters fit into a block of at most maxBytes,
// and at least one.
func (u *Sums) BlockClusters(maxBytes int) int {
	n := (maxBytes - blockHeader) / u.clusterBytes()
	return max(1, min(n, u.K))
}

func (u *Sums) clusterBytes() int { return 8 + 8*u.D*u.Scale.Limbs }

// AppendBlock appends clusters [first, first+count) to b, so that sums travel as
// elements of bounded size.
func (u *Sums) AppendBlock(b []byte, first, count int) []byte {
	if first < 0 || count < 0 || first+count > u.K {
		panic(fmt.Sprintf("fixed: AppendBlock: clusters [%d, %d) of %d", first, first+count, u.K))
	}
	b = append(b, blockMagic...)
	for _, v := range u.header(first, count) {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	b = appendInts(b, u.Counts[first:first+count])
	b = appendInts(b, u.Hi[first*u.D:(first+count)*u.D])
	if u.Lo != nil {
		b = appendInts(b, u.Lo[first*u.D:(first+count)*u.D])
	}
	return b
}

// MergeBlock adds a block written by AppendBlock. The error wraps ErrBlock when
// b is cut short or belongs to sums of another shape or scale; u is then
// unchanged.
func (u *Sums) MergeBlock(b []byte) error {
	if len(b) < blockHeader || string(b[:4]) != blockMagic {
		return fmt.Errorf("%w: no header in %d bytes", ErrBlock, len(b))
	}
	var h [7]uint32
	for i := range h {
		h[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	first, count := int(h[5]), int(h[6])
	if want := u.header(first, count); h != want {
		return fmt.Errorf("%w: K, D, S, R, limbs are %d, %d, %d, %d, %d, not %d, %d, %d, %d, %d", ErrBlock,
			h[0], h[1], int32(h[2]), int32(h[3]), h[4], want[0], want[1], int32(want[2]), int32(want[3]), want[4])
	}
	if first > u.K || count > u.K-first {
		return fmt.Errorf("%w: clusters [%d, %d) of %d", ErrBlock, first, first+count, u.K)
	}
	if want := blockHeader + count*u.clusterBytes(); len(b) != want {
		return fmt.Errorf("%w: %d bytes, not %d", ErrBlock, len(b), want)
	}
	b = mergeInts(u.Counts[first:first+count], b[blockHeader:])
	b = mergeInts(u.Hi[first*u.D:(first+count)*u.D], b)
	if u.Lo != nil {
		mergeInts(u.Lo[first*u.D:(first+count)*u.D], b)
	}
	return nil
}

func (u *Sums) header(first, count int) [7]uint32 {
	return [7]uint32{
		uint32(u.K), uint32(u.D), uint32(int32(u.Scale.S)), uint32(int32(u.Scale.R)), uint32(u.Scale.Limbs),
		uint32(first), uint32(count),
	}
}

func appendInts(b []byte, v []int64) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, uint64(x))
	}
	return b
}

// mergeInts adds the integers at the head of b to dst and returns the rest.
func mergeInts(dst []int64, b []byte) []byte {
	for i := range dst {
		dst[i] += int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return b[8*len(dst):]
}
