package seeding

import (
	"math/bits"
	"slices"
)

// apportion divides k over parts in proportion to their shares, by the largest
// remainder (ties to the lower part), so that no part gets more than its room;
// what a full part cannot take goes to the others. While k suffices every part
// with room gets one first. It returns nil when the room is less than k. The
// shares' sum times k must stay below 2^127.
func apportion(k int, shares []uint64, room []int) []int {
	quota := make([]int, len(shares))
	total, parts := 0, 0
	for _, r := range room {
		total += r
		parts += min(r, 1)
	}
	if total < k {
		return nil
	}
	if parts <= k {
		for i, r := range room {
			quota[i] = min(r, 1)
		}
		k -= parts
	}
	for k > 0 {
		var sum uint64
		var open []int
		for i := range shares {
			if quota[i] < room[i] {
				open = append(open, i)
				sum += shares[i]
			}
		}
		given := 0
		type rest struct {
			part int
			rem  uint64
		}
		var rests []rest
		for _, i := range open {
			var q, rem uint64
			if sum > 0 { // else one more each, from the lowest
				hi, lo := bits.Mul64(shares[i], uint64(k))
				q, rem = bits.Div64(hi, lo, sum)
			}
			take := min(int(q), room[i]-quota[i])
			quota[i] += take
			given += take
			rests = append(rests, rest{i, rem})
		}
		slices.SortStableFunc(rests, func(a, b rest) int {
			if a.rem != b.rem {
				if a.rem > b.rem {
					return -1
				}
				return 1
			}
			return a.part - b.part
		})
		for _, r := range rests {
			if given < k && quota[r.part] < room[r.part] {
				quota[r.part]++
				given++
			}
		}
		k -= given
	}
	return quota
}
