package fit

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"slices"

	"leveler/internal/fixed"
	"leveler/internal/pick"
	"leveler/internal/points"
)

// maxElement is the most bytes of sums that travel in one element.
const maxElement = 16 << 20

// Partial is what a pass has added up over some shards. Merging is associative
// and commutative; Reduce sorts what is a list.
type Partial struct {
	Rows    int64
	Seconds float64
	Carry   []CarryRef

	Potential exactSum // of the rows: seeding's potential or the inertia
	Counts    []int64  // rows per candidate or per cluster
	Moved     int64
	Drawn     []drawnRow // seeding: candidates; random: the lowest hashes
	Far       []farRow   // relocation: the farthest rows
	Picks     []pick.Candidate
	Parts     []points.Shard // resampling: the sampled rows of each shard

	sums *fixed.Sums
}

// exactSum is a potential that gob can encode.
type exactSum struct{ fixed.Potential }

// GobEncode writes the sum as text, the one form it has.
func (s exactSum) GobEncode() ([]byte, error) { return s.MarshalText() }

// GobDecode reads what GobEncode wrote.
func (s *exactSum) GobDecode(b []byte) error { return s.UnmarshalText(b) }

// drawnRow is a row that seeding has drawn.
type drawnRow struct {
	Key      uint64 // random seeding: the hash
	Position int64
	Value    [16]byte // a digest of the row's value
	Row      []float32
}

// Merge adds o, which must not be used afterwards.
func (p *Partial) Merge(o *Partial) {
	p.Rows += o.Rows
	p.Seconds = max(p.Seconds, o.Seconds)
	p.Carry = append(p.Carry, o.Carry...)
	p.Potential.Merge(&o.Potential.Potential)
	p.addCounts(o.Counts)
	p.Moved += o.Moved
	p.Drawn = append(p.Drawn, o.Drawn...)
	p.Far = append(p.Far, o.Far...)
	p.Picks = append(p.Picks, o.Picks...)
	p.Parts = append(p.Parts, o.Parts...)
	if p.sums == nil {
		p.sums = o.sums
	} else if o.sums != nil {
		p.sums.Merge(o.sums)
	}
}

func (p *Partial) addCounts(counts []int64) {
	if p.Counts == nil && counts != nil {
		p.Counts = make([]int64, len(counts))
	}
	for i, n := range counts {
		p.Counts[i] += n
	}
}

// carryRefs returns the carried files in order of shard, nil where there are
// none.
func (p *Partial) carryRefs(shards int) []CarryRef {
	any := false
	refs := make([]CarryRef, shards)
	for i := range refs {
		refs[i].Shard = i
	}
	for _, c := range p.Carry {
		refs[c.Shard] = c
		any = any || !c.Labels.IsZero() || !c.D2.IsZero()
	}
	if !any {
		return nil
	}
	return refs
}

// Element kinds of Encode.
const (
	elementPartial = iota
	elementSums
)

// Encode cuts the partial into elements, the sums by blocks of clusters so
// that none is larger than 16 MB.
func (p *Partial) Encode(emit func([]byte)) error {
	var b bytes.Buffer
	b.WriteByte(elementPartial)
	if err := gob.NewEncoder(&b).Encode(p); err != nil {
		return fmt.Errorf("fit: encoding a partial: %w", err)
	}
	emit(b.Bytes())
	if p.sums == nil {
		return nil
	}
	step := p.sums.BlockClusters(maxElement)
	for first := 0; first < p.sums.K; first += step {
		emit(p.sums.AppendBlock([]byte{elementSums}, first, min(step, p.sums.K-first)))
	}
	return nil
}

// mergeElement adds one element that Encode made. sums makes an accumulator
// when the first block comes.
func (p *Partial) mergeElement(b []byte, sums func() *fixed.Sums) error {
	if len(b) == 0 {
		return fmt.Errorf("fit: an empty partial")
	}
	switch kind, b := b[0], b[1:]; kind {
	case elementPartial:
		var o Partial
		if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&o); err != nil {
			return fmt.Errorf("fit: decoding a partial: %w", err)
		}
		p.Merge(&o)
	case elementSums:
		if p.sums == nil {
			p.sums = sums()
		}
		return p.sums.MergeBlock(b)
	default:
		return fmt.Errorf("fit: a partial of kind %d", kind)
	}
	return nil
}

// Decode adds an element that Encode made to p, for the pass of st.
func (m *Machine) Decode(st *State, p *Partial, b []byte) error {
	return p.mergeElement(b, func() *fixed.Sums { return m.newSums(st) })
}

// newSums is an empty accumulator for the pass of st.
func (m *Machine) newSums(st *State) *fixed.Sums {
	set := m.current(st)
	return fixed.NewSums(m.Params.NClusters, set.Dim, fixed.ChooseScale(set.MaxAbs, set.Rows, set.Unit))
}

// sortDrawn puts drawn rows in the order of their positions.
func sortDrawn(rows []drawnRow) {
	slices.SortFunc(rows, func(a, b drawnRow) int {
		return int(min(1, max(-1, a.Position-b.Position)))
	})
}
