package fit

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
	"leveler/internal/seeding"
	"leveler/internal/store"
)

// The rounds of kmeans|| (Bahmani et al. 2012). A row carries the squared
// distance to its nearest candidate and that candidate's number.

// mapSeedUpdate compares the rows with the newest candidates.
func (m *Machine) mapSeedUpdate(t task, p *Partial) (carry, error) {
	c, err := m.cache.packed(t.st.Candidates[len(t.st.Candidates)-1])
	if err != nil {
		return carry{}, err
	}
	n := int(t.shard.Rows)
	base := t.st.NCands - t.st.Newest
	var earlier []float32
	if seeding.ByCandidate(c, base, n) {
		if earlier, err = m.earlier(t.st, base); err != nil {
			return carry{}, err
		}
	}
	out := carry{labels: make([]int32, n), d2: make([]float64, n)}
	copy(out.labels, t.in.labels)
	copy(out.d2, t.in.d2)
	seeding.Update(t.x, t.set.Dim, c, base, earlier, &kernel.Nearest{Best: out.d2, Near: out.labels}, m.workers(n))
	sums := make([]fixed.Potential, m.workers(n))
	m.blocks(n, func(worker, lo, hi int, _ *kernel.Scratch) {
		for _, v := range out.d2[lo:hi] {
			sums[worker].Add(v)
		}
	})
	for i := range sums {
		p.Potential.Merge(&sums[i])
	}
	counts := make([]int64, t.st.NCands)
	for _, l := range out.labels {
		counts[l]++
	}
	p.addCounts(counts)
	return out, nil
}

// reduceSeedUpdate draws further candidates, or reclusters those there are.
func (m *Machine) reduceSeedUpdate(st *State, p *Partial) error {
	st.Potential = &p.Potential.Potential
	distinct := 0
	for _, n := range p.Counts {
		if n > 0 { // equal candidates: only the first has rows
			distinct++
		}
	}
	none := st.Potential.IsZero() // every row equals a candidate
	switch {
	case none && distinct < m.Params.NClusters:
		return st.fail(m.tooMany(st, distinct, "distinct rows"))
	case !none && (st.Round < seeding.Rounds || distinct < m.Params.NClusters):
		st.Phase = PhaseSeedDraw
		return nil
	}
	x, err := m.candidates(st.Candidates, st.NCands)
	if err != nil {
		return err
	}
	return m.recluster(st, x, p.Counts)
}

// candidates reads n candidates, of the given rounds.
func (m *Machine) candidates(rounds []store.Ref, n int) ([]float32, error) {
	x := make([]float32, 0, n*m.Set.Dim)
	for _, ref := range rounds {
		c, _, _, err := readMatrix(ref)
		if err != nil {
			return nil, err
		}
		x = append(x, c...)
	}
	return x, nil
}

// earlier returns the n candidates of all rounds but the newest. Bundles of a process share them.
func (m *Machine) earlier(st *State, n int) ([]float32, error) {
	last := len(st.Candidates) - 1
	c := &m.cache
	c.mu.Lock()
	defer c.mu.Unlock() // others would only read the same files
	if path := st.Candidates[last].Path; c.earlierThan != path {
		x, err := m.candidates(st.Candidates[:last], n)
		if err != nil {
			return nil, err
		}
		c.earlierThan, c.earlier = path, x
	}
	return c.earlier, nil
}

// mapSeedDraw draws the rows of the next round, each by itself.
func (m *Machine) mapSeedDraw(t task, p *Partial) (carry, error) {
	row, err := t.shard.RowNumbers()
	if err != nil {
		return carry{}, err
	}
	key := m.Params.key(t.st.Step)
	draw := seeding.NewOversampler(t.st.Potential, seeding.Oversample(m.Params.NClusters, t.st.Round))
	for i, d2 := range t.in.d2 {
		if draw.Chosen(key.Oversample(t.st.Round, row(i)), d2) {
			p.Drawn = append(p.Drawn, drawnRow{Position: t.shard.Start + int64(i), Row: t.row(i)})
		}
	}
	return t.in, nil
}

// row returns a copy of the shard's row i.
func (t task) row(i int) []float32 {
	return slices.Clone(t.x[i*t.set.Dim : (i+1)*t.set.Dim])
}

func (m *Machine) reduceSeedDraw(st *State, p *Partial) error {
	st.Round++
	if len(p.Drawn) == 0 {
		return nil // the phase stays: draw again, with the next round's hashes
	}
	sortDrawn(p.Drawn)
	var x []float32
	for _, r := range p.Drawn {
		x = append(x, r.Row...)
	}
	st.Phase = PhaseSeedUpdate
	return m.addCandidates(st, x)
}

// mapSeedRandom keeps the shard's k distinct rows with the lowest hashes.
func (m *Machine) mapSeedRandom(t task, p *Partial) error {
	row, err := t.shard.RowNumbers()
	if err != nil {
		return err
	}
	key := m.Params.key(t.st.Step)
	drawn := make([]drawnRow, t.shard.Rows)
	for i := range drawn {
		drawn[i] = drawnRow{Key: key.Random(row(i)), Position: t.shard.Start + int64(i)}
	}
	sortByKey(drawn)
	seen := make(map[[16]byte]bool, m.Params.NClusters)
	kept := drawn[:0]
	for _, r := range drawn {
		x := t.x[int(r.Position-t.shard.Start)*t.set.Dim:][:t.set.Dim]
		if r.Value = valueDigest(x); seen[r.Value] {
			continue
		}
		seen[r.Value] = true
		if kept = append(kept, r); len(kept) == m.Params.NClusters {
			break
		}
	}
	p.Drawn = append(p.Drawn, kept...)
	return nil
}

func sortByKey(rows []drawnRow) {
	slices.SortFunc(rows, func(a, b drawnRow) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Position, b.Position))
	})
}

func (m *Machine) reduceSeedRandom(st *State, p *Partial) error {
	sortByKey(p.Drawn)
	seen := map[[16]byte]bool{}
	var c []float32
	for _, r := range p.Drawn {
		if seen[r.Value] || len(seen) == m.Params.NClusters {
			continue
		}
		seen[r.Value] = true
		x, err := m.current(st).ReadRow(r.Position)
		if err != nil {
			return err
		}
		c = append(c, x...)
	}
	if len(seen) < m.Params.NClusters {
		return st.fail(m.tooMany(st, len(seen), "distinct rows"))
	}
	return m.startLloyd(st, c, nil)
}

// valueDigest identifies a row's value; 0 and -0 are one value.
func valueDigest(x []float32) [16]byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v+0))
	}
	h := sha256.Sum256(b)
	return [16]byte(h[:16])
}
