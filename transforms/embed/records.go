package embed

import (
	"cmp"
	"context"
	"runtime"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/records"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
)

// Records embeds the records of every shard and keeps their ids.
// PCollection<decode.Group> → PCollection<collect.Result> (a Part for each shard).
func Records(s beam.Scope, groups beam.PCollection, p Params, o records.Options) beam.PCollection {
	s = s.Scope("embed.Records")
	return beam.ParDo(s, &recordsFn{Params: p, Options: o}, groups)
}

type recordsFn struct {
	Params  Params
	Options records.Options

	parts  parts
	subset []int64
	e      Embedder
	// decoders has a place for every compressed file that is read at a time: each
	// may take records.Compressed's memory.
	decoders chan struct{}
}

// Setup makes the embedder.
func (f *recordsFn) Setup() error {
	f.parts = parts{dir: f.Params.Dir}
	f.decoders = make(chan struct{}, cmp.Or(f.Params.Threads, runtime.GOMAXPROCS(0)))
	var err error
	if f.subset, err = readSubset(f.Params.Subset); err != nil {
		return err
	}
	f.e, err = New(f.Params)
	return err
}

// ProcessElement embeds the shards of one group.
func (f *recordsFn) ProcessElement(_ context.Context, g decode.Group, emit func(collect.Result)) error {
	w := walk{fn: f, emit: emit}
	for _, sh := range g.Shards {
		part, err := f.parts.existing(sh.Index, sh.Row, sh.Rows)
		if err != nil {
			return err
		}
		w.shards = append(w.shards, step{sh, part})
	}
	return w.run()
}

// batchBytes is about how much data is embedded at a time.
const batchBytes = 8 << 20

// build starts a shard.
func (f *recordsFn) build(sh decode.Shard) *builder {
	return &builder{
		fn: f, part: &Part{Shard: points.Shard{Index: sh.Index, Row: sh.Row}, Dim: f.Params.Dim},
		x: make([]float32, 0, int(sh.Rows)*f.Params.Dim),
	}
}

// builder collects the rows of one shard.
type builder struct {
	fn      *recordsFn
	part    *Part
	x       []float32
	numbers []int64
	ids     []ID

	batch   []records.Record
	data    []byte // of the batch, which records point into
	offsets []int
	rows    []int64
	hash    []byte
}

// add takes one record, of which the data must be copied.
func (b *builder) add(rec records.Record, number int64) error {
	if !takesPart(b.fn.subset, b.fn.Params.Subset, number) {
		b.part.Excluded++
		return nil
	}
	if rec.Bad != "" {
		b.part.bad(badRecord(number, rec, rec.Bad))
		return nil
	}
	b.offsets = append(b.offsets, len(b.data))
	b.data = append(b.data, rec.Data...)
	rec.Data = nil
	b.batch = append(b.batch, rec)
	b.rows = append(b.rows, number)
	if len(b.data) >= batchBytes {
		return b.flush()
	}
	return nil
}

// flush embeds the batch.
func (b *builder) flush() error {
	n := len(b.batch)
	if n == 0 {
		return nil
	}
	for i := range b.batch {
		end := len(b.data)
		if i+1 < n {
			end = b.offsets[i+1]
		}
		b.batch[i].Data = b.data[b.offsets[i]:end:end]
	}
	dim := b.fn.Params.Dim
	out := make([]float32, n*dim)
	reasons := make([]string, n)
	if err := b.fn.e.Embed(out, reasons, b.batch); err != nil {
		return err
	}
	for i, rec := range b.batch {
		row := out[i*dim : (i+1)*dim]
		if reasons[i] == "" && b.fn.Params.Cosine && !points.Normalise(row) {
			reasons[i] = "an embedding of length 0, which has no direction"
		}
		if reasons[i] != "" {
			b.part.bad(badRecord(b.rows[i], rec, reasons[i]))
			continue
		}
		if b.fn.Params.Half {
			npy.RoundHalf(row)
		}
		b.hash = b.part.add(b.rows[i], row, b.hash)
		b.x = append(b.x, row...)
		b.numbers = append(b.numbers, b.rows[i])
		b.ids = append(b.ids, ID{Row: b.rows[i], ID: rec.ID, Source: rec.Source, RowInFile: rec.Row, Line: rec.Line})
	}
	b.batch, b.data, b.offsets, b.rows = b.batch[:0], b.data[:0], b.offsets[:0], b.rows[:0]
	return nil
}

// commit writes the shard's rows and ids.
func (b *builder) commit() error {
	if err := b.flush(); err != nil {
		return err
	}
	dir := b.fn.Params.Dir
	if err := b.part.commitRows(dir, b.x, b.numbers, b.fn.Params.Half); err != nil {
		return err
	}
	if err := b.part.commitIDs(dir, b.ids); err != nil {
		return err
	}
	return b.part.commitKeys(dir, b.ids)
}
