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
	"errors"
	"fmt"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/fit"
	"leveler/internal/store"
	"leveler/transforms/spread"
)

func init() {
	register.DoFn3x1[context.Context, string, func(spread.Task), error](&spreadFn{})
	register.DoFn3x1[context.Context, spread.Task, func(int, []byte), error](&mapFn{})
	register.DoFn4x1[context.Context, int, func(*[]byte) bool, func(string), error](&reduceFn{})
	register.Emitter2[int, []byte]()
	register.Emitter1[string]()
	register.Iter1[[]byte]()
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
//
// The state's path travels with every task and not as a side input, which Beam's
// Flink runner may not have ready when a Go worker asks for it, and which costs
// twice the shuffles.
// PCollection<string> (one path) → PCollection<string> (one path).
func Run(s beam.Scope, state beam.PCollection, p Params) beam.PCollection {
	s = s.Scope("pass.Run")
	tasks := beam.Reshuffle(s, beam.ParDo(s, &spreadFn{Params: p}, state))
	return beam.ParDo(s, &reduceFn{Params: p}, beam.GroupByKey(s, beam.ParDo(s, &mapFn{Params: p}, tasks)))
}

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

// spreadFn makes the tasks of a pass.
type spreadFn struct{ Params Params }

// ProcessElement emits a task for every shard that the map has to do, and one
// for the state itself.
func (f *spreadFn) ProcessElement(_ context.Context, path string, emit func(spread.Task)) error {
	emit(spread.Task{Path: path, Shard: spread.Whole})
	st, err := fit.ReadState(path)
	if err != nil {
		return err
	}
	if !f.Params.handles(st) || st.Phase == fit.PhaseBegin {
		return nil
	}
	m, err := machine(f.Params)
	if err != nil {
		return err
	}
	if m.FitsInWorker(st) {
		return nil // the reducer does it
	}
	for i := range m.Shards(st) {
		emit(spread.Task{Path: path, Shard: i})
	}
	return nil
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
func (f *mapFn) StartBundle(_ context.Context, _ func(int, []byte)) error {
	f.machine, f.state, f.path, f.partial = nil, nil, "", nil
	return nil
}

// ProcessElement adds one shard.
func (f *mapFn) ProcessElement(_ context.Context, task spread.Task, emit func(int, []byte)) error {
	if task.Shard == spread.Whole {
		emit(0, spread.Seal(task.Path, nil))
		return nil
	}
	if f.state == nil || f.path != task.Path {
		st, err := fit.ReadState(task.Path)
		if err != nil {
			return err
		}
		f.state, f.path = st, task.Path
	}
	if f.machine == nil {
		var err error
		if f.machine, err = machine(f.Params); err != nil {
			return err
		}
	}
	if f.partial == nil {
		f.partial = new(fit.Partial)
	}
	if err := f.machine.Map(f.state, task.Shard, f.partial); err != nil {
		return fmt.Errorf("shard %d (%s): %w", task.Shard, f.machine.Shards(f.state)[task.Shard].Path, err)
	}
	return nil
}

// FinishBundle emits the partial in elements of at most 16 MB.
func (f *mapFn) FinishBundle(_ context.Context, emit func(int, []byte)) error {
	partial, path := f.partial, f.path
	f.machine, f.state, f.path, f.partial = nil, nil, "", nil
	if partial == nil {
		return nil
	}
	return partial.Encode(func(b []byte) { emit(0, spread.Seal(path, b)) })
}

// reduceFn merges the partials into the next state and commits it.
type reduceFn struct {
	Params Params
}

// ProcessElement sees the one state's path and all partials, in any order.
func (f *reduceFn) ProcessElement(_ context.Context, _ int, elements func(*[]byte) bool, emit func(string)) error {
	var sealed []byte
	if !elements(&sealed) {
		return errors.New("pass: no state arrived")
	}
	path, partial, err := spread.Open(sealed)
	if err != nil {
		return err
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
		if st, err = f.reduce(m, st, partial, elements); err != nil {
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

func (f *reduceFn) reduce(m *fit.Machine, st *fit.State, partial []byte, elements func(*[]byte) bool) (*fit.State, error) {
	var all fit.Partial
	for {
		if len(partial) > 0 {
			if err := m.Decode(st, &all, partial); err != nil {
				return nil, err
			}
		}
		var sealed []byte
		if !elements(&sealed) {
			return m.Reduce(st, &all)
		}
		var err error
		if _, partial, err = spread.Open(sealed); err != nil {
			return nil, err
		}
	}
}
