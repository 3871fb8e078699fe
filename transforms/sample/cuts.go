package sample

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"leveler/internal/fit"
	"leveler/internal/pick"
	"leveler/internal/points"
	"leveler/transforms/spread"
)

// candidatesFn keeps of a shard, for every leaf, as many of the lowest keys as
// the leaf gives at most.
type candidatesFn struct {
	Params Params

	shards ShardReader
	path   string
	leaves *Leaves
	lowest *pick.Lowest
	valid  []int64
}

// StartBundle forgets the last bundle.
func (f *candidatesFn) StartBundle(_ func(int, []byte)) error {
	f.path, f.leaves, f.lowest = "", nil, nil
	return nil
}

func (f *candidatesFn) load(path string) error {
	plan, err := ReadPlan(path)
	if err != nil {
		return err
	}
	f.path = path
	if plan.Failure != "" {
		return nil
	}
	if f.leaves, err = plan.Read(); err != nil {
		return err
	}
	quota := make([]int64, len(f.leaves.Copies))
	for i := range quota {
		_, quota[i] = f.leaves.Split(int32(i))
	}
	f.lowest = pick.NewLowest(quota)
	if f.Params.Valid != "" {
		f.valid, err = points.ReadInt64s(f.Params.Valid)
	}
	return err
}

// ProcessElement looks at one shard.
func (f *candidatesFn) ProcessElement(task spread.Task, emit func(int, []byte)) error {
	if task.Shard == spread.Whole {
		emit(0, spread.Seal(task.Path, nil))
		return nil
	}
	if f.path != task.Path {
		if err := f.load(task.Path); err != nil {
			return err
		}
	}
	sh, err := f.shards.Shard(f.Params.Shards, task.Shard)
	if err != nil {
		return err
	}
	if f.lowest == nil || sh.Shard.Rows == 0 {
		return nil
	}
	return f.Params.each(sh, f.valid, func(_ int, leaf int32, k pick.Key, _ float64) error {
		f.lowest.See(leaf, k)
		return nil
	})
}

// eligible calls see with the leaf and number of every row of a shard that may
// be selected.
func (p Params) eligible(sh Shard, valid []int64, see func(i int, leaf int32, row int64) error) error {
	labels, err := points.ReadInt32s(sh.Labels.Path)
	if err != nil {
		return err
	}
	row, err := sh.Shard.RowNumbers()
	if err != nil {
		return err
	}
	for i, l := range labels {
		if p.Valid != "" {
			if _, ok := slices.BinarySearch(valid, row(i)); !ok {
				continue
			}
		}
		if err := see(i, l, row(i)); err != nil {
			return err
		}
	}
	return nil
}

// each is eligible with the rows' keys and squared distances.
func (p Params) each(sh Shard, valid []int64, see func(i int, leaf int32, k pick.Key, d2 float64) error) error {
	d2, err := points.ReadFloat64s(sh.D2.Path)
	if err != nil {
		return err
	}
	return p.eligible(sh, valid, func(i int, leaf int32, row int64) error {
		return see(i, leaf, p.key(row, d2[i]), d2[i])
	})
}

// elementCandidates keeps elements below 16 MB: a candidate has 20 bytes.
const elementCandidates = 16 << 20 / 20

// FinishBundle emits the candidates.
func (f *candidatesFn) FinishBundle(emit func(int, []byte)) error {
	if f.lowest == nil {
		return nil
	}
	for part := range slices.Chunk(f.lowest.Candidates(), elementCandidates) {
		var b bytes.Buffer
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			return fmt.Errorf("sample: encoding candidates: %w", err)
		}
		emit(0, spread.Seal(f.path, b.Bytes()))
	}
	return nil
}

// cutsFn finds the cut of every leaf.
type cutsFn struct{ Params Params }

// ProcessElement sees the plan's path and all candidates, in any order.
func (f *cutsFn) ProcessElement(_ int, elements func(*[]byte) bool, emit func(string)) error {
	var sealed []byte
	if !elements(&sealed) {
		return errors.New("sample: no plan arrived")
	}
	path, candidates, err := spread.Open(sealed)
	if err != nil {
		return err
	}
	plan, err := ReadPlan(path)
	if err != nil {
		return err
	}
	if plan.Failure == "" {
		if err := f.cut(path, plan, candidates, elements); err != nil {
			return err
		}
	}
	ref, err := plan.commit(f.Params.Dir, "plan")
	if err != nil {
		return err
	}
	emit(ref.Path)
	return nil
}

func (f *cutsFn) cut(path string, plan *Plan, candidates []byte, elements func(*[]byte) bool) error {
	whole := candidatesFn{Params: Params{}}
	if err := whole.load(path); err != nil {
		return err
	}
	for {
		part := make([]pick.Candidate, len(candidates)/20)
		if err := binary.Read(bytes.NewReader(candidates), binary.LittleEndian, part); err != nil && len(part) > 0 {
			return fmt.Errorf("sample: decoding candidates: %w", err)
		}
		for _, c := range part {
			whole.lowest.See(c.Cluster, c.Key)
		}
		var sealed []byte
		if !elements(&sealed) {
			break
		}
		var err error
		if _, candidates, err = spread.Open(sealed); err != nil {
			return err
		}
	}
	var err error
	plan.Cuts, err = fit.CommitCuts(f.Params.Dir, "cuts", whole.lowest.Cuts())
	return err
}

// Select calls take with every selected row of a shard, in row order: its
// offset in the shard, its leaf, how often it is taken and its squared distance.
func (p Params) Select(sh Shard, leaves *Leaves, valid []int64, take func(i int, leaf int32, copies int64, d2 float64) error) error {
	if sh.Shard.Rows == 0 {
		return nil
	}
	return p.each(sh, valid, func(i int, leaf int32, k pick.Key, d2 float64) error {
		copies, _ := leaves.Split(leaf)
		if leaves.Cuts.In(leaf, k) {
			copies++
		}
		if copies == 0 {
			return nil
		}
		return take(i, leaf, copies, d2)
	})
}
