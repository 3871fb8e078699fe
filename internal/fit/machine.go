package fit

import (
	"fmt"
	"time"

	"leveler/internal/points"
)

// Machine runs the passes of one fit. Map may be called from several goroutines
// at a time, unless Run is working.
type Machine struct {
	Params Params
	Set    *points.Set // all points of the level
	Dir    string      // where files are committed
	// Threads is how many goroutines a pass uses.
	Threads int
	// InWorkerBytes is the size up to which Run takes a point set into memory.
	InWorkerBytes int64

	resident *resident // the set Run works on, nil for passes over storage
	cache    cache
}

// resident is a point set in memory with what its rows carry.
type resident struct {
	set   *points.Set
	all   []float32
	rows  [][]float32 // of all, per shard
	carry []carry
}

// carry is what the rows of a shard take from one pass to the next.
type carry struct {
	labels []int32
	d2     []float64
}

// current is the point set that the next pass goes over.
func (m *Machine) current(st *State) *points.Set {
	switch st.Phase {
	case PhaseAssign, PhasePick, PhaseGather:
		return m.Set
	}
	if st.Step > 0 {
		return st.Sample
	}
	return m.Set
}

// FitsInWorker tells whether Run does the next pass itself.
func (m *Machine) FitsInWorker(st *State) bool {
	return !st.Finished() && m.current(st).Bytes() <= m.InWorkerBytes
}

// Shards are the shards that the next pass goes over.
func (m *Machine) Shards(st *State) []points.Shard { return m.current(st).Shards }

// Map does the next pass on one shard and adds what comes out to p.
func (m *Machine) Map(st *State, shard int, p *Partial) error {
	set := m.current(st)
	sh := set.Shards[shard]
	p.Rows += sh.Rows
	if sh.Rows == 0 {
		p.Carry = append(p.Carry, CarryRef{Shard: shard})
		return nil
	}
	x, release, err := m.rows(set, shard)
	if err != nil {
		return err
	}
	defer release()
	in, err := m.carried(st, shard)
	if err != nil {
		return err
	}
	t := task{st: st, set: set, shard: sh, x: x, in: in}
	var out carry
	switch st.Phase {
	case PhaseSeedUpdate:
		out, err = m.mapSeedUpdate(t, p)
	case PhaseSeedDraw:
		out, err = m.mapSeedDraw(t, p)
	case PhaseSeedRandom:
		err = m.mapSeedRandom(t, p)
	case PhaseLloyd:
		out, err = m.mapLloyd(t, p)
	case PhaseRelocate:
		out, err = m.mapRelocate(t, p)
	case PhaseMove:
		out, err = m.mapMove(t, p)
	case PhaseAssign:
		out, err = m.mapAssign(t, p)
	case PhasePick:
		out, err = m.mapPick(t, p)
	case PhaseGather:
		out, err = m.mapGather(t, p)
	default:
		err = fmt.Errorf("fit: phase %q has no pass", st.Phase)
	}
	if err != nil {
		return err
	}
	return m.keep(st, shard, in, out, p)
}

// task is one shard in one pass.
type task struct {
	st    *State
	set   *points.Set
	shard points.Shard
	x     []float32
	in    carry
}

// rows returns the shard's rows, and what to call when they are not needed any
// more.
func (m *Machine) rows(set *points.Set, shard int) (x []float32, release func(), err error) {
	if r := m.resident; r != nil && r.set == set {
		return r.rows[shard], func() {}, nil
	}
	buffer := m.cache.buffer()
	if x, err = set.Shards[shard].Read(set.Dim, buffer); err != nil {
		return nil, nil, err
	}
	return x, func() { m.cache.recycle(x) }, nil
}

// Reduce turns the merged partial of a pass over all shards into the next
// state.
func (m *Machine) Reduce(st *State, p *Partial) (*State, error) {
	if set := m.current(st); p.Rows != set.Rows {
		return nil, fmt.Errorf("fit: a pass saw %d rows of %d; a shard was lost", p.Rows, set.Rows)
	}
	started := time.Now()
	next := *st
	next.Pass++
	next.Carry = p.carryRefs(len(m.current(st).Shards))
	var err error
	switch st.Phase {
	case PhaseSeedUpdate:
		err = m.reduceSeedUpdate(&next, p)
	case PhaseSeedDraw:
		err = m.reduceSeedDraw(&next, p)
	case PhaseSeedRandom:
		err = m.reduceSeedRandom(&next, p)
	case PhaseLloyd:
		err = m.reduceLloyd(&next, p)
	case PhaseRelocate:
		err = m.reduceRelocate(&next, p)
	case PhaseMove:
		err = m.reduceMove(&next, p)
	case PhaseAssign:
		err = m.reduceAssign(&next, p)
	case PhasePick:
		err = m.reducePick(&next, p)
	case PhaseGather:
		err = m.reduceGather(&next, p)
	default:
		err = fmt.Errorf("fit: phase %q has no pass", st.Phase)
	}
	if err != nil {
		return nil, err
	}
	if n := len(next.Iterations); n > len(st.Iterations) {
		next.Iterations[n-1].Seconds = p.Seconds + time.Since(started).Seconds()
	}
	return &next, nil
}
