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
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/pick"
	"leveler/internal/points"
	"leveler/internal/rng"
	"leveler/internal/store"
)

func init() {
	register.DoFn3x1[Shard, string, func(int, []byte), error](&countFn{})
	register.DoFn3x1[int, func(*[]byte) bool, func(string), error](&allocateFn{})
	register.DoFn3x1[Shard, string, func(int, []byte), error](&candidatesFn{})
	register.DoFn4x1[int, func(*string) bool, func(*[]byte) bool, func(string), error](&cutsFn{})
	register.Function1x2(keyed)
	register.Function1x2(start)
	register.Emitter2[int, []byte]()
	register.Emitter1[string]()
	register.Iter1[[]byte]()
	register.Iter1[string]()
	beam.RegisterType(reflect.TypeFor[Shard]())
}

// Shard is a shard of level 1 with what the level's assignment left of it.
type Shard struct {
	Shard  points.Shard
	Labels store.Ref // int32: the leaf of each row
	D2     store.Ref // float64: the squared distance to its centroid
}

// Params of sampling.
type Params struct {
	Dir        string
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
// PCollection<Shard> → PCollection<string> (one path).
func Cuts(s beam.Scope, shards beam.PCollection, p Params) beam.PCollection {
	s = s.Scope("sample.Cuts")
	impulse := beam.Create(s, "")
	counts := beam.ParDo(s, &countFn{Params: p}, shards, beam.SideInput{Input: impulse})
	begin := beam.ParDo(s, start, impulse) // so that a group arrives even without counts
	plan := beam.ParDo(s, &allocateFn{Params: p}, beam.GroupByKey(s, beam.Flatten(s, begin, counts)))
	candidates := beam.ParDo(s, &candidatesFn{Params: p}, shards, beam.SideInput{Input: plan})
	return beam.ParDo(s, &cutsFn{Params: p}, beam.CoGroupByKey(s, beam.ParDo(s, keyed, plan), candidates))
}

func keyed(path string) (int, string) { return 0, path }

func start(string) (int, []byte) { return 0, nil }
