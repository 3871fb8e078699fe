package fit

import (
	"fmt"
	"io"

	"leveler/internal/npy"
	"leveler/internal/store"
)

// mapAssign gives every row of the level its cluster and distance.
func (m *Machine) mapAssign(t task, p *Partial) (carry, error) {
	c, err := m.cache.packed(t.st.Centroids)
	if err != nil {
		return carry{}, err
	}
	a, done := m.assigner(t)
	defer done()
	a.Next(t.x, c, nil, m.Threads)
	labels := append([]int32(nil), a.Labels()...)
	d2 := m.addInertia(c, t, labels, p)
	counts := make([]int64, m.Params.NClusters)
	for _, l := range labels {
		counts[l]++
	}
	p.addCounts(counts)
	return carry{labels: labels, d2: d2}, nil
}

// reduceAssign ends a k-means run: the level is done, or its clusters are
// resampled for the next.
func (m *Machine) reduceAssign(st *State, p *Partial) error {
	var err error
	st.Sizes, err = store.Commit(m.Dir, fmt.Sprintf("sizes-%06d", st.Pass), ".npy", func(w io.Writer) error {
		return npy.WriteInt64s(w, p.Counts)
	})
	if err != nil {
		return err
	}
	empty := 0
	for _, n := range p.Counts {
		if n == 0 {
			empty++
		}
	}
	st.Final = Final{Inertia: p.Potential.Float64(), Empty: empty, Imbalance: imbalance(p.Counts)}
	m.cache.forget()
	if st.Step+1 < m.Params.NResamplingSteps {
		st.Phase = PhasePick
		return nil
	}
	st.Sample = nil
	st.Phase = PhaseDone
	return nil
}
