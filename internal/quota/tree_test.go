package quota

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// threeLevels is a tree worked by hand. An empty leaf (4), an empty cluster of
// level 2 (2) and an empty one of level 3 (2) are in it.
//
//	level 3          0 (13 rows)            1 (9)     2 (0)
//	level 2      0 (11)        1 (2)        3 (9)     2 (0, below 2)
//	leaves     10   1         2   0(leaf 4)  9
var threeLevels = Tree{
	Leaves:  []int64{10, 1, 2, 9, 0},
	Parents: [][]int32{{0, 0, 1, 3, 1}, {0, 0, 2, 1}},
	Widths:  []int{5, 4, 3},
}

func TestAllocate(t *testing.T) {
	for _, c := range []struct {
		name               string
		target, multiplier int64
		copies             []int64
		probability        []float64
	}{
		// Level 3: 5+5. Below 0: capacities 11 and 2, 3+2. Below that: 10 and 1, 2+1.
		{"no remainder", 10, 1, []int64{2, 1, 2, 5, 0}, []float64{2. / 10, 1, 1, 5. / 9, 0}},
		{"everything", 22, 1, []int64{10, 1, 2, 9, 0}, []float64{1, 1, 1, 1, 0}},
		{"everything twice", 44, 2, []int64{20, 2, 4, 18, 0}, []float64{1, 1, 1, 1, 0}},
		// Level 3: 20+18 of 26 and 18. Below 0: 22 and 4, 16+4. Below that: 20 and 2, 14+2.
		{"copies", 38, 2, []int64{14, 2, 4, 18, 0}, []float64{1, 1, 1, 1, 0}},
		// Level 3: 11+9. Below 0: 9+2. Below that: 8+1.
		{"capped", 20, 1, []int64{8, 1, 2, 9, 0}, []float64{8. / 10, 1, 1, 1, 0}},
		{"nothing", 0, 1, []int64{0, 0, 0, 0, 0}, []float64{0, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaves, err := threeLevels.Allocate(c.target, c.multiplier, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range leaves {
				if l.Copies != c.copies[i] || math.Abs(l.Probability-c.probability[i]) > 1e-15 {
					t.Errorf("leaf %d: got %+v want {%d %v}", i, l, c.copies[i], c.probability[i])
				}
			}
		})
	}
}

// TestProbabilityByHand has a remainder on two levels: target 3 over two
// clusters gives 1 each and 1 drawn, and each halves its 1 or 2 over two leaves.
func TestProbabilityByHand(t *testing.T) {
	tree := Tree{Leaves: []int64{4, 4, 4, 4}, Parents: [][]int32{{0, 0, 1, 1}}, Widths: []int{4, 2}}
	leaves, err := tree.Allocate(3, 1, 9)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range leaves {
		// A leaf gives 1 of its 4 rows with probability (1 + 1/2) / 2, else none.
		if want := 0.75 / 4; l.Probability != want {
			t.Errorf("leaf %d: got %v want %v", i, l.Probability, want)
		}
	}
}

func TestSizes(t *testing.T) {
	want := [][]int64{{10, 1, 2, 9, 0}, {11, 2, 0, 9}, {13, 9, 0}}
	for l, got := range threeLevels.Sizes() {
		if !slices.Equal(got, want[l]) {
			t.Errorf("level %d: got %v want %v", l+1, got, want[l])
		}
	}
}

func TestAllocateRefusesTooHighATarget(t *testing.T) {
	for _, c := range []struct {
		tree               Tree
		target, multiplier int64
		want               string
	}{
		{threeLevels, 23, 1, "target_size is 23, but 22 rows x multiplier 1 allow 22 at most"},
		{threeLevels, 67, 3, "target_size is 67, but 22 rows x multiplier 3 allow 66 at most"},
		{Tree{Leaves: []int64{0, 0}, Widths: []int{2}}, 1, 5, "target_size is 1, but 0 rows x multiplier 5 allow 0 at most"},
		{threeLevels, 1, 0, "target_size is 1, but 22 rows x multiplier 0 allow 0 at most"},
	} {
		if _, err := c.tree.Allocate(c.target, c.multiplier, 1); err == nil || err.Error() != c.want {
			t.Errorf("got %v want %s", err, c.want)
		}
	}
}

// TestAllocateWithAHugeMultiplier: "as often as you like" must not overflow.
func TestAllocateWithAHugeMultiplier(t *testing.T) {
	huge, err := threeLevels.Allocate(1000, math.MaxInt64, 5)
	if err != nil {
		t.Fatal(err)
	}
	large, err := threeLevels.Allocate(1000, 1_000_000, 5) // far above what any leaf gets
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(huge, large) {
		t.Errorf("got %v want %v", huge, large)
	}
}

// anyTree draws a tree with empty clusters at all levels.
func anyTree(t *rapid.T, leaves, levels int, rows int64) *Tree {
	tree := &Tree{Leaves: rapid.SliceOfN(rapid.Int64Range(0, rows), 1, leaves).Draw(t, "leaves")}
	tree.Widths = []int{len(tree.Leaves)}
	for range rapid.IntRange(0, levels-1).Draw(t, "levels") {
		below := tree.Widths[len(tree.Widths)-1]
		width := rapid.IntRange(1, below+1).Draw(t, "width") // one more than there are children: empty
		parents := rapid.SliceOfN(rapid.Int32Range(0, int32(width-1)), below, below).Draw(t, "parents")
		tree.Parents = append(tree.Parents, parents)
		tree.Widths = append(tree.Widths, width)
	}
	return tree
}

func (t *Tree) rows() (n int64) {
	for _, s := range t.Leaves {
		n += s
	}
	return n
}

func copies(leaves []Leaf) []int64 {
	out := make([]int64, len(leaves))
	for i, l := range leaves {
		out[i] = l.Copies
	}
	return out
}

// TestAllocateKeepsItsPromises: the exact target, no leaf above its capacity, at
// every node the even split with full children full, and probabilities in range.
func TestAllocateKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := anyTree(t, 12, 4, 9)
		m := rapid.Int64Range(1, 3).Draw(t, "multiplier")
		target := rapid.Int64Range(0, tree.rows()*m).Draw(t, "target")
		leaves, err := tree.Allocate(target, m, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		taken := (&Tree{Leaves: copies(leaves), Parents: tree.Parents, Widths: tree.Widths}).Sizes()
		sizes := tree.Sizes()
		var mean float64
		for i, l := range leaves {
			if l.Copies > tree.Leaves[i]*m {
				t.Errorf("leaf %d of %d rows: %d copies", i, tree.Leaves[i], l.Copies)
			}
			if l.Probability < 0 || l.Probability > 1 || (l.Copies > 0) && l.Probability == 0 {
				t.Errorf("leaf %d: %+v", i, l)
			}
			mean += l.Probability * float64(tree.Leaves[i])
		}
		if m == 1 && math.Abs(mean-float64(target)) > 1e-9 { // without copies, the expected number of rows
			t.Errorf("the probabilities sum to %v want %d", mean, target)
		}
		top := len(tree.Widths) - 1
		children := [][]int32{all(tree.Widths[top])}
		nodes := []int64{target}
		for l := top; l >= 0; l-- {
			for n, want := range nodes {
				checkEven(t, children[n], taken[l], sizes[l], m, want)
			}
			if nodes = taken[l]; l > 0 {
				children = group(tree.Parents[l-1], tree.Widths[l])
			}
		}
	})
}

// checkEven checks one node's split against Cut of what it really got.
func checkEven(t *rapid.T, children []int32, taken, sizes []int64, m, target int64) {
	var sum int64
	capacity := make([]int64, len(children))
	for i, c := range children {
		sum += taken[c]
		capacity[i] = sizes[c] * m
	}
	if sum != target {
		t.Errorf("children of a node with %d got %d", target, sum)
	}
	x, _ := Cut(capacity, target)
	for i, c := range children {
		if got := taken[c]; got < min(x, capacity[i]) || got > min(x+1, capacity[i]) {
			t.Errorf("a child of capacity %d got %d at cut %d", capacity[i], got, x)
		}
	}
}

// TestAllocateIsMonotone: a larger target takes nothing from a child of the top.
func TestAllocateIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := Tree{Leaves: rapid.SliceOfN(rapid.Int64Range(0, 9), 1, 8).Draw(t, "leaves")}
		tree.Widths = []int{len(tree.Leaves)}
		seed := rapid.Uint64().Draw(t, "seed")
		before := make([]Leaf, len(tree.Leaves))
		for target := range tree.rows() + 1 {
			leaves, err := tree.Allocate(target, 1, seed)
			if err != nil {
				t.Fatal(err)
			}
			for i := range leaves {
				if leaves[i].Copies < before[i].Copies || leaves[i].Probability < before[i].Probability-1e-15 {
					t.Errorf("target %d, leaf %d: %+v after %+v", target, i, leaves[i], before[i])
				}
			}
			before = leaves
		}
	})
}

// enumerated computes every leaf's probability by trying all choices of who gets
// the remainders, each as likely: an independent statement of the method, with
// nothing of base and extra in it.
func enumerated(tree *Tree, target, m int64) []float64 {
	sizes := tree.Sizes()
	out := make([]float64, len(tree.Leaves))
	var visit func(l int, nodes []int64, p float64)
	visit = func(l int, nodes []int64, p float64) {
		if l < 0 {
			for i, c := range nodes {
				if n := tree.Leaves[i]; n > 0 {
					out[i] += p * min(1, float64(c)/float64(n))
				}
			}
			return
		}
		children := [][]int32{all(tree.Widths[l])}
		if l < len(tree.Widths)-1 {
			children = group(tree.Parents[l], tree.Widths[l+1])
		}
		next := make([]int64, tree.Widths[l])
		var split func(n int, p float64)
		split = func(n int, p float64) {
			if n == len(nodes) {
				visit(l-1, slices.Clone(next), p)
				return
			}
			var capacity []int64
			for _, c := range children[n] {
				capacity = append(capacity, sizes[l][c]*m)
			}
			x, remainder := Cut(capacity, nodes[n])
			var eligible []int32
			for i, c := range children[n] {
				next[c] = min(x, capacity[i])
				if capacity[i] > x {
					eligible = append(eligible, c)
				}
			}
			var choices [][]int32
			subsets(eligible, int(remainder), nil, &choices)
			for _, chosen := range choices {
				for _, c := range chosen {
					next[c]++
				}
				split(n+1, p/float64(len(choices)))
				for _, c := range chosen {
					next[c]--
				}
			}
		}
		split(0, p)
	}
	visit(len(tree.Widths)-1, []int64{target}, 1)
	return out
}

// subsets appends all subsets of n of the items.
func subsets(items []int32, n int, have []int32, out *[][]int32) {
	switch {
	case n == 0:
		*out = append(*out, slices.Clone(have))
	case len(items) >= n:
		subsets(items[1:], n-1, append(have, items[0]), out)
		subsets(items[1:], n, have, out)
	}
}

func TestProbabilityEqualsEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := anyTree(t, 6, 3, 4)
		m := rapid.Int64Range(1, 2).Draw(t, "multiplier")
		target := rapid.Int64Range(0, tree.rows()*m).Draw(t, "target")
		leaves, err := tree.Allocate(target, m, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range enumerated(tree, target, m) {
			if got := leaves[i].Probability; math.Abs(got-want) > 1e-12 {
				t.Errorf("leaf %d: got %v want %v", i, got, want)
			}
		}
	})
}

// TestProbabilityEqualsFrequency draws over many seeds: the copies of a leaf are
// on average what its probability says.
func TestProbabilityEqualsFrequency(t *testing.T) {
	tree := Tree{
		Leaves:  []int64{9, 1, 4, 7, 7, 7, 2, 0, 30},
		Parents: [][]int32{{0, 0, 0, 1, 1, 1, 2, 2, 3}, {0, 0, 1, 1}},
		Widths:  []int{9, 4, 2},
	}
	const target, seeds = 23, 20000
	mean := make([]float64, len(tree.Leaves))
	var want []Leaf
	for seed := range uint64(seeds) {
		leaves, err := tree.Allocate(target, 1, seed)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range leaves {
			mean[i] += float64(l.Copies) / seeds
		}
		want = leaves
	}
	// A leaf's copies take two neighbouring values, so their deviation is at most
	// 1/2; ten leaves beyond 6 sigma happen once in 10^8.
	tolerance := 6 * 0.5 / math.Sqrt(seeds)
	for i, got := range mean {
		if want := want[i].Probability * float64(tree.Leaves[i]); math.Abs(got-want) > tolerance {
			t.Errorf("leaf %d: got %v copies want %v within %v", i, got, want, tolerance)
		}
	}
}

func TestAllocateDependsOnTheSeedOnly(t *testing.T) {
	tree := Tree{Leaves: slices.Repeat([]int64{5}, 20), Widths: []int{20}}
	seen := map[string]bool{}
	for seed := range uint64(8) {
		a, errA := tree.Allocate(30, 1, seed)
		b, errB := tree.Allocate(30, 1, seed)
		if errA != nil || errB != nil || !slices.Equal(a, b) {
			t.Fatalf("seed %d: two calls differ: %v, %v (%v, %v)", seed, a, b, errA, errB)
		}
		var s strings.Builder
		for _, l := range a {
			s.WriteByte(byte('0' + l.Copies))
		}
		seen[s.String()] = true
	}
	if len(seen) != 8 { // of 184756 draws of 10 from 20
		t.Errorf("8 seeds give %d draws", len(seen))
	}
}
