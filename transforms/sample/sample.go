// Package sample draws a balanced selection from a finished tree (Vo et al.
// 2024, section 3.3): quotas from the top of the tree down, then rows in every
// leaf.
//
// # Memory
//
// One worker holds the tree's sizes (a few numbers per cluster). Rows never
// move: each leaf's quota becomes a cut, the last key that is in, and every shard
// applies the cuts to its own rows.
//
// # Determinism
//
// Every draw is a hash of the row's or the cluster's number.
package sample

import (
	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/pick"
	"leveler/internal/rng"
	"leveler/internal/store"
	"leveler/transforms/spread"
)

func init() {
	register.DoFn2x1[spread.Task, func(int, []byte), error](&countFn{})
	register.DoFn3x1[int, func(*[]byte) bool, func(string), error](&allocateFn{})
	register.DoFn2x1[spread.Task, func(int, []byte), error](&candidatesFn{})
	register.DoFn3x1[int, func(*[]byte) bool, func(string), error](&cutsFn{})
	register.Emitter2[int, []byte]()
	register.Emitter1[string]()
	register.Iter1[[]byte]()
}

// Params of sampling.
type Params struct {
	Dir        string
	Shards     Shards
	Seed       uint64
	TargetSize int64
	Multiplier int64
	Strategy   string // c or r
	// Sizes of the leaves, and for every level above the first the cluster of
	// each cluster below.
	Sizes   store.Ref
	Parents []store.Ref
	Widths  []int
	// Valid is an int64 .npy of the row numbers that may be selected, ascending;
	// "" for all.
	Valid string
}

// key orders the rows of a leaf.
func (p Params) key(row int64, d2 float64) pick.Key {
	if p.Strategy == "c" {
		return pick.Closest(d2, row)
	}
	return pick.Random(row, p.Seed, rng.PurposeLeaf)
}

// Cuts splits the target over the tree and finds which rows of each leaf are
// in. The result is the path of a Plan.
// → PCollection<string> (one path).
func Cuts(s beam.Scope, p Params) beam.PCollection {
	s = s.Scope("sample.Cuts")
	counts := beam.ParDo(s, &countFn{Params: p}, spread.Over(s, beam.Create(s, ""), p.Shards.N))
	plan := beam.ParDo(s, &allocateFn{Params: p}, beam.GroupByKey(s, counts))
	candidates := beam.ParDo(s, &candidatesFn{Params: p}, spread.Over(s, plan, p.Shards.N))
	return beam.ParDo(s, &cutsFn{Params: p}, beam.GroupByKey(s, candidates))
}
