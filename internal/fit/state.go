package fit

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/fixed"
	"leveler/internal/points"
	"leveler/internal/store"
)

// Phase says what the next pass does.
type Phase string

// The phases of a fit, in the order they come.
const (
	PhaseBegin      Phase = "begin"       // choose the seeding; needs no pass
	PhaseSeedUpdate Phase = "seed-update" // distances to the newest candidates
	PhaseSeedDraw   Phase = "seed-draw"   // draw the next candidates
	PhaseSeedRandom Phase = "seed-random" // the rows with the lowest hashes
	PhaseLloyd      Phase = "lloyd"       // assign and sum
	PhaseRelocate   Phase = "relocate"    // the farthest rows, for empty clusters
	PhaseMove       Phase = "move"        // sums again, with the relocated rows
	PhaseAssign     Phase = "assign"      // labels and distances of all points
	PhasePick       Phase = "pick"        // resampling: the cuts of the clusters
	PhaseGather     Phase = "gather"      // resampling: write the sampled rows
	PhaseDone       Phase = "done"
	PhaseFailed     Phase = "failed" // the data cannot be clustered as asked
)

// State is a fit between two passes. It is all that a pass needs to know and
// all that a rerun needs to go on.
type State struct {
	Set   string `json:"set"`  // the digest of the level's manifest: its shards, too
	Pass  int    `json:"pass"` // passes done
	Step  int    `json:"step"` // the k-means run: 0 on all points, then on samples
	Phase Phase  `json:"phase"`
	// Failure says, in PhaseFailed, what to tell the user.
	Failure string `json:"failure,omitempty"`

	// Sample is the point set of the steps after the first.
	Sample *points.Set `json:"sample,omitempty"`

	// Seeding: the candidates so far, a file a round, and the rows' potential.
	Round      int              `json:"round,omitempty"`
	Candidates []store.Ref      `json:"candidates,omitempty"`
	NCands     int              `json:"n_candidates,omitempty"`
	Newest     int              `json:"newest,omitempty"` // candidates in the newest file
	Potential  *fixed.Potential `json:"potential,omitempty"`

	// Lloyd: the iteration and the centroids it starts from. In the first after kmeans|| Carry has
	// each row's candidate, and Near (int32 .npy) the centroid near each candidate.
	Iter      int          `json:"iter"`
	Centroids store.Ref    `json:"centroids,omitzero"`
	Near      store.Ref    `json:"near,omitzero"`
	Empty     []int32      `json:"empty,omitempty"`  // relocation: the empty clusters
	Counts    []int64      `json:"counts,omitempty"` // relocation: rows per cluster
	Moves     []relocation `json:"moves,omitempty"`
	Sizes     store.Ref    `json:"sizes,omitzero"` // after an assignment
	Cuts      store.Ref    `json:"cuts,omitzero"`  // resampling

	// Carry is what the rows of each shard take from pass to pass.
	Carry []CarryRef `json:"carry,omitempty"`

	Iterations []Iteration `json:"iterations,omitempty"`
	Final      Final       `json:"final"`
}

// Final is what the assignment of all points found.
type Final struct {
	Inertia   float64 `json:"inertia"`
	Empty     int     `json:"empty"`
	Imbalance float64 `json:"imbalance"`
}

// CarryRef names a shard's carried files.
type CarryRef struct {
	Shard  int       `json:"shard"`
	Labels store.Ref `json:"labels,omitzero"` // int32 .npy: the cluster of each row
	D2     store.Ref `json:"d2,omitzero"`     // float64 .npy: the squared distance to it
}

// Iteration is a line of history.jsonl.
type Iteration struct {
	Step      int     `json:"step"`
	Iteration int     `json:"iteration"`
	Points    int64   `json:"points"`  // in the k-means run
	Inertia   float64 `json:"inertia"` // against the centroids the iteration starts from
	Moved     int64   `json:"moved"`   // rows whose cluster changed
	Empty     int     `json:"empty"`
	Relocated int     `json:"relocated"`
	// Imbalance is k sum(n_j^2) / (sum n_j)^2: 1 when all clusters are equal.
	Imbalance float64 `json:"imbalance"`
	Seconds   float64 `json:"seconds"`
}

// New is the state of a fit that has not begun, of the set with this manifest.
func New(manifest store.Ref) *State { return &State{Set: manifest.SHA256, Phase: PhaseBegin} }

// Finished tells whether no pass is left.
func (s *State) Finished() bool { return s.Phase == PhaseDone || s.Phase == PhaseFailed }

// Commit writes the state as a checkpoint: pass-<number>-<digest>.json.
func (s *State) Commit(dir string) (store.Ref, error) {
	return store.CommitCache(dir, fmt.Sprintf("pass-%06d", s.Pass), ".json", func(w io.Writer) error {
		return json.NewEncoder(w).Encode(s)
	})
}

// ReadState reads a checkpoint.
func ReadState(path string) (*State, error) {
	b, err := store.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := new(State)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("%s: not a checkpoint: %w", path, err)
	}
	return s, nil
}

// Refs lists every file the state needs.
func (s *State) Refs() []store.Ref {
	refs := append([]store.Ref{s.Centroids, s.Near, s.Sizes, s.Cuts}, s.Candidates...)
	for _, c := range s.Carry {
		refs = append(refs, c.Labels, c.D2)
	}
	if s.Sample != nil {
		for _, sh := range s.Sample.Shards {
			refs = append(refs, sh.File, sh.Numbers)
		}
	}
	out := refs[:0]
	for _, r := range refs {
		if !r.IsZero() {
			out = append(out, r)
		}
	}
	return out
}
