package sample

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"leveler/internal/fit"
	"leveler/internal/npy"
	"leveler/internal/pick"
	"leveler/internal/points"
	"leveler/internal/store"
)

// Plan says what every leaf gives.
type Plan struct {
	// Failure says why the target cannot be reached; the rest is empty then.
	Failure string `json:"failure,omitempty"`

	Capacity    store.Ref `json:"capacity,omitzero"` // int64 per leaf: rows that may be selected
	Copies      store.Ref `json:"copies,omitzero"`   // int64 per leaf
	Probability store.Ref `json:"probability,omitzero"`
	Cuts        store.Ref `json:"cuts,omitzero"`
}

// ReadPlan reads a committed plan.
func ReadPlan(path string) (*Plan, error) {
	b, err := store.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p := new(Plan)
	if err := json.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("%s: not a sampling plan: %w", path, err)
	}
	return p, nil
}

func (p *Plan) commit(dir, name string) (store.Ref, error) {
	return store.Commit(dir, name, ".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(p) })
}

// Leaves is a plan's tables in memory.
type Leaves struct {
	Capacity, Copies []int64
	Probability      []float64
	Cuts             pick.Cuts
}

// Read loads the tables of a plan; cuts only once they are known.
func (p *Plan) Read() (l *Leaves, err error) {
	l = new(Leaves)
	if l.Capacity, err = points.ReadInt64s(p.Capacity.Path); err != nil {
		return nil, err
	}
	if l.Copies, err = points.ReadInt64s(p.Copies.Path); err != nil {
		return nil, err
	}
	if l.Probability, err = points.ReadFloat64s(p.Probability.Path); err != nil {
		return nil, err
	}
	if !p.Cuts.IsZero() {
		if l.Cuts, err = fit.ReadCuts(p.Cuts); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Split returns how often every row of a leaf is taken, and how many rows are
// taken once more.
func (l *Leaves) Split(leaf int32) (every, more int64) {
	if l.Capacity[leaf] == 0 {
		return 0, 0
	}
	return l.Copies[leaf] / l.Capacity[leaf], l.Copies[leaf] % l.Capacity[leaf]
}

func commitInt64s(dir, name string, v []int64) (store.Ref, error) {
	return store.Commit(dir, name, ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, v) })
}

func commitFloat64s(dir, name string, v []float64) (store.Ref, error) {
	return store.Commit(dir, name, ".npy", func(w io.Writer) error { return npy.WriteFloat64s(w, v) })
}

// FindPlan returns the complete plan in dir; nil where there is none.
func FindPlan(dir string) (*Plan, store.Ref, error) {
	names, err := store.List(dir)
	if err != nil {
		return nil, store.Ref{}, err
	}
	for _, n := range names {
		if strings.HasPrefix(n, "plan-") {
			ref, err := store.Describe(store.Join(dir, n))
			if err != nil {
				return nil, store.Ref{}, err
			}
			p, err := ReadPlan(ref.Path)
			return p, ref, err
		}
	}
	return nil, store.Ref{}, nil
}
