package embed

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/store"
	"leveler/transforms/collect"
)

// Params of both transforms.
type Params struct {
	Dir     string // where files are committed
	Kind    string // the embedder of Records: a name in kinds
	Medium  string // what the records are
	Dim     int
	Cosine  bool   // rows are L2-normalised
	Subset  string // int64 .npy of the row numbers that take part, ascending; "" for all
	Threads int
	Seed    uint64
	// ReadCache keeps vectors for the passes that follow.
	ReadCache store.ReadCache
	Half      bool  // the points are stored as float16
	Model     Model // what runs, with models
}

// Unit tells whether every point has length 1, but for its rounding to float32.
func (p Params) Unit() bool {
	return !p.Half && (p.Cosine || p.Kind == kindBuiltin || p.Kind == kindONNX && p.Model.Normalise)
}

// Precomputed checks the rows of .npy shards. A shard whose rows can be used as
// they lie is only referred to; one with bad rows, with rows to leave out or to
// normalise is written anew without them.
// PCollection<points.Shard> → PCollection<collect.Result> (a Part each).
func Precomputed(s beam.Scope, shards beam.PCollection, p Params) beam.PCollection {
	s = s.Scope("embed.Precomputed")
	return beam.ParDo(s, &precomputedFn{Params: p}, shards)
}

type precomputedFn struct {
	Params Params

	parts  parts
	subset []int64
	buffer []float32
}

// Setup starts a worker.
func (f *precomputedFn) Setup() error {
	f.Params.ReadCache.Use()
	f.parts = parts{dir: f.Params.Dir}
	var err error
	f.subset, err = readSubset(f.Params.Subset)
	return err
}

func readSubset(path string) ([]int64, error) {
	if path == "" {
		return nil, nil
	}
	return points.ReadInt64s(path)
}

// ProcessElement checks one shard.
func (f *precomputedFn) ProcessElement(_ context.Context, sh points.Shard, emit func(collect.Result)) error {
	return f.parts.once(sh.Index, sh.Row, sh.Rows, func() (*Part, error) { return f.build(sh) }, emit)
}

func (f *precomputedFn) build(sh points.Shard) (*Part, error) {
	part := &Part{Shard: sh, Dim: f.Params.Dim}
	dim := f.Params.Dim
	x, err := sh.Read(dim, f.buffer)
	if err != nil {
		return nil, err
	}
	f.buffer = x
	kept := x[:0]
	numbers := make([]int64, 0, sh.Rows)
	var buf []byte
	for i := range int(sh.Rows) {
		row := x[i*dim : (i+1)*dim]
		number := sh.Row + int64(i)
		if !takesPart(f.subset, f.Params.Subset, number) {
			part.Excluded++
			continue
		}
		if reason := f.fault(row); reason != "" {
			part.bad(BadRow{Number: number, Path: sh.Path, Row: sh.First + int64(i), Reason: reason})
			continue
		}
		buf = part.add(number, row, buf)
		kept = append(kept, row...)
		numbers = append(numbers, number)
	}
	if int64(len(numbers)) == sh.Rows && !f.Params.Cosine {
		return part, nil // they stay where they are
	}
	return part, part.commitRows(f.Params.Dir, kept, numbers, false)
}

// fault checks a row, and normalises it where that is asked for.
func (f *precomputedFn) fault(row []float32) string {
	if col, bad := npy.BadRow(row); bad {
		return fmt.Sprintf("%v in column %d", row[col], col)
	}
	if f.Params.Cosine && !points.Normalise(row) {
		return "all zero, which has no direction (distance: cosine)"
	}
	return ""
}

// takesPart tells whether a row is in the subset.
func takesPart(subset []int64, path string, number int64) bool {
	if path == "" {
		return true
	}
	_, ok := slices.BinarySearch(subset, number)
	return ok
}
