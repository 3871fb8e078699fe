package fit

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"leveler/internal/npy"
	"leveler/internal/pick"
	"leveler/internal/points"
	"leveler/internal/rng"
	"leveler/internal/store"
)

// A resampling step takes sample_size points of every cluster (all of a smaller
// one) and clusters those (Vo et al. 2024, section 3.2): PhasePick finds each
// cluster's cut, PhaseGather writes the sampled rows of each shard.

// rowKey orders the rows of a cluster for resampling.
func (m *Machine) rowKey(st *State, t task, row func(int) int64, i int) pick.Key {
	if m.Params.SamplingStrategy == Random {
		return pick.Random(row(i), m.Params.Seed, rng.PurposeResample, uint64(m.Params.Level), uint64(st.Step))
	}
	return pick.Closest(t.in.d2[i], row(i))
}

// quota is sample_size for every cluster.
func (m *Machine) quota() []int64 {
	q := make([]int64, m.Params.NClusters)
	for i := range q {
		q[i] = int64(m.Params.SampleSize)
	}
	return q
}

func (m *Machine) mapPick(t task, p *Partial) (carry, error) {
	row, err := t.shard.RowNumbers()
	if err != nil {
		return carry{}, err
	}
	lowest := pick.NewLowest(m.quota())
	for i, l := range t.in.labels {
		lowest.See(l, m.rowKey(t.st, t, row, i))
	}
	p.Picks = append(p.Picks, lowest.Candidates()...)
	return t.in, nil
}

func (m *Machine) reducePick(st *State, p *Partial) error {
	lowest := pick.NewLowest(m.quota())
	for _, c := range p.Picks {
		lowest.See(c.Cluster, c.Key)
	}
	var err error
	st.Cuts, err = CommitCuts(m.Dir, fmt.Sprintf("cuts-%06d", st.Pass), lowest.Cuts())
	st.Phase = PhaseGather
	return err
}

// CommitCuts writes cuts.
func CommitCuts(dir, name string, cuts pick.Cuts) (store.Ref, error) {
	return store.Commit(dir, name, ".bin", func(w io.Writer) error {
		return binary.Write(w, binary.LittleEndian, []pick.Key(cuts))
	})
}

// ReadCuts reads what CommitCuts wrote.
func ReadCuts(r store.Ref) (pick.Cuts, error) {
	b, err := store.ReadVerified(r)
	if err != nil {
		return nil, err
	}
	cuts := make(pick.Cuts, len(b)/16)
	return cuts, binary.Read(bytes.NewReader(b), binary.LittleEndian, []pick.Key(cuts))
}

// mapGather writes the shard's sampled rows, in row order.
func (m *Machine) mapGather(t task, p *Partial) (carry, error) {
	row, err := t.shard.RowNumbers()
	if err != nil {
		return carry{}, err
	}
	cuts, err := ReadCuts(t.st.Cuts)
	if err != nil {
		return carry{}, err
	}
	d := t.set.Dim
	var x []float32
	var numbers []int64
	for i, l := range t.in.labels {
		if cuts.In(l, m.rowKey(t.st, t, row, i)) {
			x = append(x, t.x[i*d:(i+1)*d]...)
			numbers = append(numbers, row(i))
		}
	}
	part := points.Shard{Index: t.shard.Index, Rows: int64(len(numbers))}
	if len(numbers) > 0 {
		name := fmt.Sprintf("sample-%06d-%05d", t.st.Pass+1, t.shard.Index)
		if part.File, err = store.CommitCache(m.Dir, name, ".npy", func(w io.Writer) error { return npy.WriteMatrix(w, x, d) }); err != nil {
			return carry{}, err
		}
		if part.Numbers, err = store.CommitCache(m.Dir, name+"-rows", ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, numbers) }); err != nil {
			return carry{}, err
		}
		part.Path = part.File.Path
	}
	p.Parts = append(p.Parts, part)
	return carry{}, nil
}

// reduceGather makes the sampled rows the point set of the next k-means run.
func (m *Machine) reduceGather(st *State, p *Partial) error {
	sample := &points.Set{Dim: m.Set.Dim, MaxAbs: m.Set.MaxAbs, Unit: m.Set.Unit, Shards: make([]points.Shard, len(m.Set.Shards))}
	for i := range sample.Shards {
		sample.Shards[i].Index = i
	}
	for _, part := range p.Parts {
		sample.Shards[part.Index] = part
	}
	for i := range sample.Shards {
		sample.Shards[i].Start = sample.Rows
		sample.Rows += sample.Shards[i].Rows
	}
	st.Sample, st.Cuts, st.Sizes = sample, store.Ref{}, store.Ref{}
	st.Step++
	st.Phase = PhaseBegin
	return nil
}
