// Package write writes the selection: every shard its own part, which the
// driver joins.
package write

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"

	"leveler/internal/points"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/embed"
	"leveler/transforms/sample"
	"leveler/transforms/spread"
)

func init() {
	register.DoFn2x1[spread.Task, func(collect.Result), error](&selectionFn{})
	register.Emitter1[collect.Result]()
}

// Part is the report on one shard's selected rows.
type Part struct {
	Rows   int64     `json:"rows"`
	Copies int64     `json:"copies"`
	File   store.Ref `json:"file,omitzero"`
}

// Selection writes the selected rows of every shard, in row order.
// PCollection<string> (the plan) → PCollection<collect.Result> (a Part each).
func Selection(s beam.Scope, plan beam.PCollection, p sample.Params) beam.PCollection {
	s = s.Scope("write.Selection")
	return beam.ParDo(s, &selectionFn{Params: p}, spread.Over(s, plan, p.Shards.N))
}

type selectionFn struct {
	Params sample.Params

	shards  sample.ShardReader
	path    string
	leaves  *sample.Leaves
	parents [][]int32
	valid   []int64
}

func (f *selectionFn) load(path string) error {
	plan, err := sample.ReadPlan(path)
	if err != nil {
		return err
	}
	f.path, f.leaves, f.parents = path, nil, nil
	if plan.Failure != "" {
		return nil
	}
	for _, ref := range f.Params.Parents {
		parents, err := points.ReadInt32s(ref.Path)
		if err != nil {
			return err
		}
		f.parents = append(f.parents, parents)
	}
	if f.Params.Valid != "" {
		if f.valid, err = points.ReadInt64s(f.Params.Valid); err != nil {
			return err
		}
	}
	f.leaves, err = plan.Read()
	return err
}

// ProcessElement writes the part of one shard.
func (f *selectionFn) ProcessElement(task spread.Task, emit func(collect.Result)) error {
	if task.Shard == spread.Whole {
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
	var part Part
	if f.leaves != nil {
		rows, err := f.rows(sh)
		if err != nil {
			return err
		}
		for _, r := range rows {
			part.Copies += r.Copies
		}
		part.Rows = int64(len(rows))
		if len(rows) > 0 {
			if part.File, err = f.commit(sh.Shard.Index, rows); err != nil {
				return err
			}
		}
	}
	r, err := collect.NewResult(sh.Shard.Index, part)
	if err != nil {
		return err
	}
	emit(r)
	return nil
}

func (f *selectionFn) rows(sh sample.Shard) ([]Row, error) {
	var out []Row
	var at []int
	number, err := sh.Shard.RowNumbers()
	if err != nil {
		return nil, err
	}
	err = f.Params.Select(sh, f.leaves, f.valid, func(i int, leaf int32, copies int64, d2 float64) error {
		r := Row{
			Row: number(i), Copies: copies, Distance: float32(math.Sqrt(d2)),
			Levels: make([]int32, 0, len(f.Params.Widths)),
		}
		for l, c := 0, leaf; ; l++ {
			r.Levels = append(r.Levels, c)
			if l == len(f.parents) {
				break
			}
			c = f.parents[l][c]
		}
		if f.Params.Strategy == "r" {
			p := f.leaves.Probability[leaf]
			r.Probability = &p
		}
		out = append(out, r)
		at = append(at, i)
		return nil
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	return out, identify(sh.Shard, out, at)
}

// identify adds the ids and sources; at holds the rows' offsets in the shard.
func identify(sh points.Shard, rows []Row, at []int) error {
	if sh.Ids.IsZero() {
		for i := range rows {
			rows[i].ID, rows[i].Source = fmt.Sprint(rows[i].Row), sh.Source
		}
		return nil
	}
	f, err := store.Open(sh.Ids.Path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	ids, err := parquet.Read[embed.ID](f, f.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", sh.Ids.Path, err)
	}
	for i := range rows {
		id := ids[at[i]]
		if id.Row != rows[i].Row {
			return fmt.Errorf("%s: row %d has the id of row %d", sh.Ids.Path, rows[i].Row, id.Row)
		}
		rows[i].ID, rows[i].Source = id.ID, id.Source
	}
	return nil
}

func (f *selectionFn) commit(shard int, rows []Row) (store.Ref, error) {
	return store.Commit(f.Params.Dir, fmt.Sprintf("selection-%05d", shard), ".parquet", func(w io.Writer) error {
		pw := NewWriter(w, len(f.Params.Widths))
		if err := pw.Write(rows); err != nil {
			return err
		}
		return pw.Close()
	})
}
