package fit

import (
	"cmp"
	"slices"
)

// Empty clusters take the farthest rows: PhaseRelocate finds them, PhaseMove
// relabels them and sums again. Both are skipped when no cluster is empty.

// farRow is a row far from its centroid.
type farRow struct {
	D2       float64
	Position int64
	Cluster  int32
	Value    [16]byte
}

// relocation gives the row at a position of the set to a cluster.
type relocation struct {
	Position int64 `json:"position"`
	Cluster  int32 `json:"cluster"`
}

func sortFar(rows []farRow) {
	slices.SortFunc(rows, func(a, b farRow) int {
		return cmp.Or(cmp.Compare(b.D2, a.D2), cmp.Compare(a.Position, b.Position))
	})
}

// mapRelocate keeps the shard's farthest rows: distinct ones, and of no cluster
// all. Dropping a row here that others of the shard beat drops none that would
// be taken over all shards.
func (m *Machine) mapRelocate(t task, p *Partial) (carry, error) {
	c, err := m.cache.packed(t.st.Centroids)
	if err != nil {
		return carry{}, err
	}
	var unused Partial
	d2 := m.addInertia(c, t, t.in.labels, &unused)
	far := make([]farRow, 0, len(d2))
	for i, v := range d2 {
		if v > 0 { // a row on its centroid has nothing to gain
			far = append(far, farRow{D2: v, Position: t.shard.Start + int64(i), Cluster: t.in.labels[i]})
		}
	}
	sortFar(far)
	taker := newTaker(t.st)
	for i := range far {
		if taker.full() {
			break
		}
		if !taker.spares(far[i].Cluster) {
			continue
		}
		off := int(far[i].Position-t.shard.Start) * t.set.Dim
		far[i].Value = valueDigest(t.x[off : off+t.set.Dim])
		if taker.take(far[i]) {
			p.Far = append(p.Far, far[i])
		}
	}
	return t.in, nil
}

// taker applies the rules of relocation to rows that come farthest first.
type taker struct {
	want  int
	taken int
	left  map[int32]int64 // rows that a donor can still spare
	seen  map[[16]byte]bool
	count []int64
}

func newTaker(st *State) *taker {
	return &taker{want: len(st.Empty), left: map[int32]int64{}, seen: map[[16]byte]bool{}, count: st.Counts}
}

func (t *taker) full() bool { return t.taken == t.want }

func (t *taker) spares(cluster int32) bool {
	if _, ok := t.left[cluster]; !ok {
		t.left[cluster] = t.count[cluster] - 1
	}
	return t.left[cluster] > 0
}

func (t *taker) take(r farRow) bool {
	if t.full() || !t.spares(r.Cluster) || t.seen[r.Value] {
		return false
	}
	t.seen[r.Value] = true
	t.left[r.Cluster]--
	t.taken++
	return true
}

// reduceRelocate gives the farthest rows to the empty clusters, in index order.
// Where there are too few, the last clusters stay empty.
func (m *Machine) reduceRelocate(st *State, p *Partial) error {
	sortFar(p.Far)
	taker := newTaker(st)
	st.Moves = nil
	for _, r := range p.Far {
		if i := taker.taken; taker.take(r) {
			st.Moves = append(st.Moves, relocation{r.Position, st.Empty[i]})
		}
	}
	slices.SortFunc(st.Moves, func(a, b relocation) int { return cmp.Compare(a.Position, b.Position) })
	st.Empty, st.Counts = nil, nil
	st.Phase = PhaseMove
	return nil
}

// mapMove sums again with the relocated rows in their new clusters.
func (m *Machine) mapMove(t task, p *Partial) (carry, error) {
	labels := slices.Clone(t.in.labels)
	first, _ := slices.BinarySearchFunc(t.st.Moves, t.shard.Start, func(r relocation, at int64) int {
		return cmp.Compare(r.Position, at)
	})
	for _, r := range t.st.Moves[first:] {
		if r.Position >= t.shard.Start+t.shard.Rows {
			break
		}
		labels[r.Position-t.shard.Start] = r.Cluster
	}
	if p.sums == nil {
		p.sums = m.newSums(t.st)
	}
	p.sums.AddBlock(t.x, labels)
	return carry{labels: labels}, nil
}

func (m *Machine) reduceMove(st *State, p *Partial) error {
	relocated := len(st.Moves)
	st.Moves = nil
	its := slices.Clone(st.Iterations)
	its[len(its)-1].Relocated = relocated
	st.Iterations = its
	if err := m.update(st, p.sums); err != nil {
		return err
	}
	m.nextIteration(st, relocated > 0 || its[len(its)-1].Moved > 0)
	return nil
}
