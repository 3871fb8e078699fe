package tokenizer

import (
	"maps"
	"slices"
)

// trie finds the pieces that a text begins with. The children of a node are
// neighbours, in the order of their bytes.
type trie struct {
	root  [256]int32 // the children of the root, 0: none
	nodes []node
}

type node struct {
	children int32 // the first
	count    uint16
	label    byte
	piece    bool
	id       int32
}

func newTrie(ids map[string]int64) trie {
	t := trie{nodes: make([]node, 1, 4*len(ids)+1)}
	pieces := slices.Sorted(maps.Keys(ids))
	// group is the pieces that go through a node, whose depth is that of its label.
	type group struct {
		node, from, to, depth int
	}
	split := func(g group) (parts []group) {
		for i := g.from; i < g.to; {
			j, depth := i, g.depth
			if len(pieces[i]) == depth {
				i++ // the node's own
				continue
			}
			for j < g.to && pieces[j][depth] == pieces[i][depth] {
				j++
			}
			t.nodes = append(t.nodes, node{label: pieces[i][depth]})
			parts = append(parts, group{len(t.nodes) - 1, i, j, depth + 1})
			i = j
		}
		return parts
	}
	queue := split(group{0, 0, len(pieces), 0})
	for _, g := range queue {
		t.root[t.nodes[g.node].label] = int32(g.node)
	}
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		n := &t.nodes[g.node]
		if first := pieces[g.from]; len(first) == g.depth {
			n.piece, n.id = true, int32(ids[first])
		}
		start := len(t.nodes)
		parts := split(g)
		n = &t.nodes[g.node] // split may have moved it
		n.children, n.count = int32(start), uint16(len(parts))
		queue = append(queue, parts...)
	}
	return t
}

// next is the child of a node by a byte, 0 where there is none.
func (t *trie) next(at int32, label byte) int32 {
	n := &t.nodes[at]
	for i := n.children; i < n.children+int32(n.count); i++ {
		if got := t.nodes[i].label; got >= label {
			if got == label {
				return i
			}
			break
		}
	}
	return 0
}

// prefixes calls see with the lengths and ids of the pieces that a text begins with,
// the shortest first.
func (t *trie) prefixes(text string, see func(n int, id int64)) {
	if text == "" {
		return
	}
	at := t.root[text[0]]
	for n := 1; at != 0; n++ {
		if t.nodes[at].piece {
			see(n, int64(t.nodes[at].id))
		}
		if n == len(text) {
			return
		}
		at = t.next(at, text[n])
	}
}

// find is the id of a piece.
func (t *trie) find(piece string) (id int64, ok bool) {
	t.prefixes(piece, func(n int, got int64) {
		if n == len(piece) {
			id, ok = got, true
		}
	})
	return id, ok
}
