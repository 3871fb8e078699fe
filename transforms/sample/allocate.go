package sample

import (
	"encoding/binary"
	"fmt"

	"leveler/internal/points"
	"leveler/internal/quota"
	"leveler/transforms/spread"
)

// countFn counts, where only some rows may be selected, those of every leaf.
type countFn struct {
	Params Params

	shards ShardReader
	valid  []int64
	counts []int64
}

// StartBundle begins at zero.
func (f *countFn) StartBundle(_ func(int, []byte)) error {
	f.counts = nil
	return nil
}

// ProcessElement counts one shard.
func (f *countFn) ProcessElement(task spread.Task, emit func(int, []byte)) error {
	if task.Shard == spread.Whole {
		emit(0, nil) // so that a group arrives even without counts
		return nil
	}
	if f.Params.Valid == "" {
		return nil
	}
	sh, err := f.shards.Shard(f.Params.Shards, task.Shard)
	if err != nil {
		return err
	}
	if sh.Shard.Rows == 0 {
		return nil
	}
	if f.valid == nil {
		if f.valid, err = points.ReadInt64s(f.Params.Valid); err != nil {
			return err
		}
	}
	if f.counts == nil {
		f.counts = make([]int64, f.Params.Widths[0])
	}
	return f.Params.eligible(sh, f.valid, func(_ int, leaf int32, _ int64) error {
		f.counts[leaf]++
		return nil
	})
}

// FinishBundle emits the counts.
func (f *countFn) FinishBundle(emit func(int, []byte)) error {
	if f.counts == nil {
		return nil
	}
	var b []byte
	for _, n := range f.counts {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	emit(0, b)
	return nil
}

// allocateFn splits the target over the tree.
type allocateFn struct{ Params Params }

// ProcessElement sees all counts.
func (f *allocateFn) ProcessElement(_ int, counts func(*[]byte) bool, emit func(string)) error {
	p := f.Params
	capacity := make([]int64, p.Widths[0])
	var b []byte
	for counts(&b) {
		for i := range len(b) / 8 {
			capacity[i] += int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	var err error
	if p.Valid == "" {
		if capacity, err = points.ReadInt64s(p.Sizes.Path); err != nil {
			return err
		}
	}
	tree := quota.Tree{Leaves: capacity, Widths: p.Widths}
	for _, ref := range p.Parents {
		parents, err := points.ReadInt32s(ref.Path)
		if err != nil {
			return err
		}
		tree.Parents = append(tree.Parents, parents)
	}
	var plan Plan
	leaves, err := tree.Allocate(p.TargetSize, p.Multiplier, p.Seed)
	if err != nil { // the data cannot give what is asked: no retry helps
		plan.Failure = fmt.Sprintf("sample.%v; lower the target or raise sample.multiplier", err)
	} else if err := plan.fill(p.Dir, capacity, leaves); err != nil {
		return err
	}
	ref, err := plan.commit(p.Dir, "quotas")
	if err != nil {
		return err
	}
	emit(ref.Path)
	return nil
}

func (p *Plan) fill(dir string, capacity []int64, leaves []quota.Leaf) (err error) {
	copies := make([]int64, len(leaves))
	probability := make([]float64, len(leaves))
	for i, l := range leaves {
		copies[i], probability[i] = l.Copies, l.Probability
	}
	if p.Capacity, err = commitInt64s(dir, "capacity", capacity); err != nil {
		return err
	}
	if p.Copies, err = commitInt64s(dir, "copies", copies); err != nil {
		return err
	}
	p.Probability, err = commitFloat64s(dir, "probability", probability)
	return err
}
