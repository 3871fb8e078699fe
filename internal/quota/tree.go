package quota

import (
	"fmt"

	"leveler/internal/rng"
)

// Tree is the finished clustering as sampling sees it.
type Tree struct {
	// Leaves holds the number of rows in every leaf (level-1 cluster).
	Leaves []int64
	// Parents[t][i] is the cluster of level t+2 that holds cluster i of level
	// t+1; one entry less than there are levels.
	Parents [][]int32
	// Widths[t] is the number of clusters of level t+1.
	Widths []int
}

// Leaf is what sampling takes from one leaf.
type Leaf struct {
	// Copies is how many rows, counted with repeats, the leaf gives.
	Copies int64
	// Probability is that of one of its rows to be selected at least once, over
	// all draws of the remainders and of the rows.
	Probability float64
}

// Sizes returns the number of rows under every cluster of every level.
func (t *Tree) Sizes() [][]int64 {
	sizes := make([][]int64, len(t.Widths))
	sizes[0] = t.Leaves
	for l := 1; l < len(t.Widths); l++ {
		sizes[l] = make([]int64, t.Widths[l])
		for i, p := range t.Parents[l-1] {
			sizes[l][p] += sizes[l-1][i]
		}
	}
	return sizes
}

// Allocate splits target over the tree, level by level from the top: at every
// node the children get the integer cut's even shares, each at most its rows x
// multiplier, and the remainder goes one by one to children drawn by hash. The
// leaves' copies sum to target exactly; a target above rows x multiplier is an
// error.
//
// Probability is computed, not simulated. A node's target is one of two
// neighbouring numbers, base or base + 1 (its extra): with r of m eligible
// children drawn at the base, one more is drawn when the node has its extra, so
// an eligible child has its own extra with probability (r + p) / m.
func (t *Tree) Allocate(target, multiplier int64, seed uint64) ([]Leaf, error) {
	sizes := t.Sizes()
	var rows int64
	for _, n := range t.Leaves {
		rows += n
	}
	if most := capacity(rows, multiplier, target); most < target {
		return nil, fmt.Errorf("target_size is %d, but %d rows x multiplier %d allow %d at most", target, rows, multiplier, most)
	}
	top := len(t.Widths) - 1
	// The root's children are all clusters of the top level.
	nodes := []node{{base: target}}
	children := [][]int32{all(t.Widths[top])}
	for l := top; ; l-- {
		next := make([]node, t.Widths[l])
		for i, n := range nodes {
			room := func(child int32) int64 { return capacity(sizes[l][child], multiplier, target) }
			n.split(children[i], room, next, func(child int32) uint64 {
				return rng.Hash(seed, rng.PurposeQuota, uint64(l+1), uint64(child))
			})
		}
		nodes = next
		if l == 0 {
			break
		}
		children = group(t.Parents[l-1], t.Widths[l])
	}
	leaves := make([]Leaf, len(nodes))
	for i, n := range nodes {
		leaves[i] = Leaf{Copies: n.base + n.extra, Probability: n.probability(t.Leaves[i])}
	}
	return leaves, nil
}

// node is a cluster's part of the target.
type node struct {
	base  int64
	extra int64   // 0 or 1, as drawn
	p     float64 // the probability that extra is 1
}

// capacity is the most that rows can give, rows x multiplier. More than the
// target is as good as the target, which keeps any multiplier from overflowing.
func capacity(rows, multiplier, target int64) int64 {
	if rows > 0 && multiplier > target/rows {
		return target
	}
	return rows * multiplier
}

// split gives n's target to its children.
func (n node) split(children []int32, room func(child int32) int64, out []node, key func(child int32) uint64) {
	rooms := make([]int64, len(children))
	for i, c := range children {
		rooms[i] = room(c)
	}
	shares, remainder := Split(rooms, n.base)
	eligible := 0
	for i, s := range shares {
		out[children[i]] = node{base: s.Base}
		if s.Eligible {
			eligible++
		}
	}
	if eligible == 0 {
		return // everything is taken, here and below
	}
	for i, s := range shares {
		if s.Eligible {
			out[children[i]].p = (float64(remainder) + n.p) / float64(eligible)
		}
	}
	for _, i := range drawn(shares, remainder+n.extra, func(i int) uint64 { return key(children[i]) }) {
		out[children[i]].extra = 1
	}
}

// probability is that of one of size rows to be selected at least once.
func (n node) probability(size int64) float64 {
	if size == 0 {
		return 0
	}
	s := float64(size)
	return float64((1-n.p)*min(1, float64(n.base)/s)) + float64(n.p*min(1, float64(n.base+1)/s))
}

func all(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

// group lists the children of every parent.
func group(parents []int32, width int) [][]int32 {
	out := make([][]int32, width)
	for i, p := range parents {
		out[p] = append(out[p], int32(i))
	}
	return out
}
