// Package pass runs one pass of a fit (internal/fit) as a Beam transform.
// kmeans and resample are made of it.
//
// # Memory
//
// A worker holds one shard, the centroids and their packed copy, one accumulator
// of sums per bundle, and bounds of 8 to 16 bytes for each row it has seen. The
// reducer holds the merged sums; a point set within in_worker_bytes is taken
// into the reducer's memory whole.
//
// # Determinism
//
// Sums are integers and lists are sorted before use, so bundling, order and
// retries change nothing. Files are content-addressed: a late duplicate
// attempt writes what is there already.
package pass

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/fit"
	"leveler/internal/points"
	"leveler/internal/store"
)

func init() {
	register.DoFn4x1[context.Context, points.Shard, string, func(int, []byte), error](&mapFn{})
	register.DoFn5x1[context.Context, int, func(*string) bool, func(*[]byte) bool, func(string), error](&reduceFn{})
	register.Emitter2[int, []byte]()
	register.Emitter1[string]()
	register.Iter1[string]()
	register.Iter1[[]byte]()
	register.Function1x2(keyState)
}

// Params of a fit's passes; the same for all passes of one level.
type Params struct {
	Fit      fit.Params
	Manifest string // path of the level's point set
	Dir      string // where files are committed
	// Phases are those that the transform does; in others it hands the state on.
	Phases []fit.Phase
	// Threads, InWorkerBytes and ReadCache say where work runs, not what comes out.
	Threads       int
	InWorkerBytes int64
	ReadCache     store.ReadCache
}

// Run does the pass that the state calls for over all shards, if its phase is
// among p.Phases, and hands the path of the next state on. Once the fit has
// finished it passes the path through and reads nothing.
// PCollection<points.Shard>, PCollection<string> (one path) → PCollection<string> (one path).
func Run(s beam.Scope, shards, state beam.PCollection, p Params) beam.PCollection {
	s = s.Scope("pass.Run")
	partials := beam.ParDo(s, &mapFn{Params: p}, shards, beam.SideInput{Input: state})
	keyed := beam.ParDo(s, keyState, state)
	return beam.ParDo(s, &reduceFn{Params: p}, beam.CoGroupByKey(s, keyed, partials))
}

func keyState(path string) (int, string) { return 0, path }

func (p Params) handles(st *fit.State) bool {
	if st.Finished() {
		return false
	}
	if st.Phase == fit.PhaseBegin {
		return true
	}
	for _, ph := range p.Phases {
		if st.Phase == ph {
			return true
		}
	}
	return false
}

// mapFn does the pass on the shards of a bundle and emits what they add up to.
type mapFn struct {
	Params Params

	machine *fit.Machine
	state   *fit.State
	path    string
	partial *fit.Partial
}

// StartBundle forgets the last bundle.
func (f *mapFn) StartBundle(_ context.Context, _ string, _ func(int, []byte)) error {
	f.machine, f.state, f.path, f.partial = nil, nil, "", nil
	return nil
}

// ProcessElement adds one shard.
func (f *mapFn) ProcessElement(_ context.Context, shard points.Shard, state string, _ func(int, []byte)) error {
	if f.state == nil || f.path != state {
		st, err := fit.ReadState(state)
		if err != nil {
			return err
		}
		f.state, f.path = st, state
	}
	if !f.Params.handles(f.state) || f.state.Phase == fit.PhaseBegin {
		return nil
	}
	if f.machine == nil {
		var err error
		if f.machine, err = machine(f.Params); err != nil {
			return err
		}
	}
	if f.machine.FitsInWorker(f.state) {
		return nil // the reducer does it
	}
	if f.partial == nil {
		f.partial = new(fit.Partial)
	}
	if err := f.machine.Map(f.state, shard.Index, f.partial); err != nil {
		return fmt.Errorf("shard %d (%s): %w", shard.Index, shard.Path, err)
	}
	return nil
}

// FinishBundle emits the partial in elements of at most 16 MB.
func (f *mapFn) FinishBundle(_ context.Context, _ string, emit func(int, []byte)) error {
	partial := f.partial
	f.machine, f.state, f.partial = nil, nil, nil
	if partial == nil {
		return nil
	}
	return partial.Encode(func(b []byte) { emit(0, b) })
}

// reduceFn merges the partials into the next state and commits it.
type reduceFn struct {
	Params Params
}

// ProcessElement sees the one state and all partials.
func (f *reduceFn) ProcessElement(_ context.Context, _ int, states func(*string) bool, partials func(*[]byte) bool, emit func(string)) error {
	var path string
	if !states(&path) {
		return fmt.Errorf("pass: no state arrived")
	}
	st, err := fit.ReadState(path)
	if err != nil {
		return err
	}
	if !f.Params.handles(st) {
		emit(path)
		return nil
	}
	m, err := machine(f.Params)
	if err != nil {
		return err
	}
	if st.Phase != fit.PhaseBegin && !m.FitsInWorker(st) {
		if st, err = f.reduce(m, st, partials); err != nil {
			return err
		}
	}
	last := time.Now()
	st, err = m.Run(st, func(st *fit.State, complete func() error) error {
		if time.Since(last) < checkpointEvery || st.Finished() {
			return nil
		}
		last = time.Now()
		if err := complete(); err != nil {
			return err
		}
		_, err := st.Commit(f.Params.Dir)
		return err
	})
	if err != nil {
		return err
	}
	ref, err := st.Commit(f.Params.Dir)
	if err != nil {
		return err
	}
	emit(ref.Path)
	return nil
}

// checkpointEvery is how much work of passes in memory a kill may cost.
const checkpointEvery = 2 * time.Second

func (f *reduceFn) reduce(m *fit.Machine, st *fit.State, partials func(*[]byte) bool) (*fit.State, error) {
	var all fit.Partial
	var b []byte
	for partials(&b) {
		if err := m.Decode(st, &all, b); err != nil {
			return nil, err
		}
	}
	return m.Reduce(st, &all)
}
