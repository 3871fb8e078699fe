package fit

import (
	"errors"
	"fmt"
	"io"

	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/seeding"
	"leveler/internal/store"
)

// begin starts the k-means run of st.Step on its point set: it chooses how to
// seed, which follows from (n, k, d) and the parameters alone.
func (m *Machine) begin(st *State) error {
	set := m.current(st)
	k := m.Params.NClusters
	st.Iter, st.Round = 0, 0
	st.Candidates, st.NCands, st.Newest, st.Potential = nil, 0, 0, nil
	st.Centroids, st.Carry = store.Ref{}, nil
	if int64(k) > set.Rows {
		return st.fail(m.tooMany(st, int(set.Rows), "rows"))
	}
	switch m.Params.Seeding {
	case SeedRandom:
		st.Phase = PhaseSeedRandom
		return nil
	case SeedPlusPlus:
		return m.seedPlusPlus(st, set)
	}
	if set.Rows <= candidatesPerCluster*int64(k) {
		return m.seedPlusPlus(st, set)
	}
	first, err := set.ReadRow(m.Params.key(st.Step).First(set.Rows))
	if err != nil {
		return err
	}
	st.Phase = PhaseSeedUpdate
	return m.addCandidates(st, first)
}

// candidatesPerCluster: with at most so many rows per cluster, kmeans|| takes
// every row for a candidate. Its rounds would draw half as many.
const candidatesPerCluster = 5

// seedPlusPlus seeds with every row as a candidate.
func (m *Machine) seedPlusPlus(st *State, set *points.Set) error {
	x, err := m.all(set)
	if err != nil {
		return err
	}
	return m.recluster(st, x, nil)
}

// all returns the whole set as one slice.
func (m *Machine) all(set *points.Set) ([]float32, error) {
	if r := m.resident; r != nil && r.set == set {
		return r.all, nil
	}
	return set.ReadAll()
}

// addCandidates commits a round's new candidates.
func (m *Machine) addCandidates(st *State, x []float32) error {
	ref, err := m.commitMatrix(st, "candidates", x)
	if err != nil {
		return err
	}
	st.Newest = len(x) / m.Set.Dim
	st.NCands += st.Newest
	st.Candidates = append(st.Candidates[:len(st.Candidates):len(st.Candidates)], ref)
	return nil
}

// recluster chooses the centroids among candidates x, weighted by the rows
// they stand for (nil: one each), and moves on to Lloyd's iterations. With too
// few distinct candidates it returns seeding.TooFewError.
func (m *Machine) recluster(st *State, x []float32, weights []int64) error {
	chosen, err := seeding.Recluster(x, m.Set.Dim, weights, m.Params.NClusters, m.Params.SeedingFlops, m.Params.key(st.Step), m.Threads)
	if few := (*seeding.TooFewError)(nil); errors.As(err, &few) && weights == nil {
		return st.fail(m.tooMany(st, few.Found, "distinct rows"))
	}
	if err != nil {
		return err
	}
	d := m.Set.Dim
	c := make([]float32, 0, len(chosen.Rows)*d)
	for _, i := range chosen.Rows {
		c = append(c, x[i*d:(i+1)*d]...)
	}
	if weights == nil {
		return m.startLloyd(st, c, nil)
	}
	return m.startLloyd(st, c, chosen.Near)
}

// startLloyd begins Lloyd's iterations from the centroids c, of which near, unless nil, says
// which is near each candidate that rows carry as labels.
func (m *Machine) startLloyd(st *State, c []float32, near []int32) (err error) {
	st.Candidates, st.NCands, st.Newest, st.Potential = nil, 0, 0, nil
	if near == nil {
		m.forget(st)
	} else {
		if st.Near, err = store.CommitCache(m.Dir, fmt.Sprintf("near-%06d", st.Pass), ".npy", func(w io.Writer) error {
			return npy.WriteInt32s(w, near)
		}); err != nil {
			return err
		}
		m.keepLabels(st)
	}
	st.Phase = PhaseLloyd
	st.Centroids, err = m.commitMatrix(st, "centroids", c)
	return err
}

// commitMatrix writes rows of the set's dimension. A checkpoint may need them,
// the machine's crash excepted.
func (m *Machine) commitMatrix(st *State, name string, x []float32) (store.Ref, error) {
	return store.CommitCache(m.Dir, fmt.Sprintf("%s-%06d", name, st.Pass), ".npy", func(w io.Writer) error {
		return npy.WriteMatrix(w, x, m.Set.Dim)
	})
}

// tooMany is the message for more clusters than there is data for.
func (m *Machine) tooMany(st *State, have int, what string) string {
	at := fmt.Sprintf("levels.%d.n_clusters", m.Params.Level-1)
	if st.Step > 0 {
		return fmt.Sprintf("%s is %d, but the sample of resampling step %d has only %d %s; raise levels.%d.sample_size", at, m.Params.NClusters, st.Step, have, what, m.Params.Level-1)
	}
	if have == 1 && what == "distinct rows" {
		return fmt.Sprintf("%s is %d, but all rows are equal; there is nothing to cluster", at, m.Params.NClusters)
	}
	return fmt.Sprintf("%s is %d, but the level has only %d %s; ask for at most %d clusters", at, m.Params.NClusters, have, what, have)
}

// fail ends the fit with a message about the data. It is no error: an engine
// would retry an error.
func (st *State) fail(message string) error {
	st.Phase, st.Failure = PhaseFailed, message
	return nil
}
