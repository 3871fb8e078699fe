package embed

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"

	"leveler/internal/parallel"
	"leveler/internal/points"
	"leveler/internal/repeats"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/spread"
)

func init() {
	register.DoFn3x1[context.Context, spread.Task, func(collect.Result), error](&findFn{})
	register.DoFn3x1[context.Context, spread.Task, func(collect.Result), error](&markFn{})
}

// Duplicates finds the rows whose id an earlier row has. The parts that it returns
// count and list them; with Drop they are bad rows and no points.
type Duplicates struct {
	Dir        string // where files are committed
	Shards     int
	Partitions int // repeats.Partitions of the rows
	Drop       bool
	Half       bool // as in Params
}

// embeddedParts and repeatedIDs name the manifests between the steps.
const (
	embeddedParts = "embedded"
	repeatedIDs   = "repeats"
)

// Clear removes what an earlier attempt left between the steps.
func (p Duplicates) Clear(guard store.Guard) error {
	for _, name := range []string{embeddedParts, repeatedIDs} {
		if err := collect.Clear(p.Dir, name, guard); err != nil {
			return err
		}
	}
	return nil
}

// Apply is the transform.
// PCollection<collect.Result> (a Part each) → the same.
func (p Duplicates) Apply(s beam.Scope, parts beam.PCollection) beam.PCollection {
	s = s.Scope("embed.Duplicates")
	embedded := collect.Manifest(s, parts, p.Dir, embeddedParts)
	found := beam.ParDo(s, &findFn{Params: p}, spread.Over(s, embedded, p.Partitions))
	repeated := collect.Manifest(s, found, p.Dir, repeatedIDs)
	return beam.ParDo(s, &markFn{Params: p}, spread.Over(s, repeated, p.Shards))
}

// found is the report on one partition of the ids.
type found struct {
	Parts  string          `json:"parts"` // the manifest of the parts
	File   store.Ref       `json:"file,omitzero"`
	Counts []repeats.Count `json:"counts,omitempty"`
}

type findFn struct {
	Params Duplicates

	path  string
	parts []Part
}

// ProcessElement compares one partition of the ids.
func (f *findFn) ProcessElement(_ context.Context, task spread.Task, emit func(collect.Result)) error {
	if task.Shard == spread.Whole {
		return nil
	}
	if f.path != task.Path {
		var err error
		if f.parts, err = collect.Read[Part](task.Path); err != nil {
			return err
		}
		f.path = task.Path
	}
	shards, err := f.read(task.Shard)
	if err != nil {
		return err
	}
	out := found{Parts: task.Path}
	if same := repeats.Find(shards); len(same) > 0 {
		out.Counts = repeats.Counts(same)
		out.File, err = store.Commit(f.Params.Dir, fmt.Sprintf("repeats-%03d", task.Shard), ".bin", func(w io.Writer) error {
			return repeats.WriteRepeats(w, same)
		})
		if err != nil {
			return err
		}
	}
	r, err := collect.NewResult(task.Shard, out)
	if err != nil {
		return err
	}
	emit(r)
	return nil
}

// read reads one partition of the keys of all shards, several at a time: on object
// storage each takes some hundredths of a second.
func (f *findFn) read(partition int) ([][]repeats.First, error) {
	shards := make([][]repeats.First, len(f.parts))
	return shards, parallel.Do(fetchers, len(f.parts), func(_, i int) (err error) {
		if ref := f.parts[i].Keys; !ref.IsZero() {
			shards[i], err = readKeys(ref, partition, f.Params.Partitions)
		}
		return err
	})
}

func readKeys(ref store.Ref, partition, partitions int) ([]repeats.First, error) {
	in, err := store.Open(ref.Path)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // only read
	firsts, err := repeats.ReadKeys(in, in.Size(), partition, partitions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref.Path, err)
	}
	return firsts, nil
}

type markFn struct {
	Params Duplicates

	path  string
	found []found
	parts []Part
}

// ProcessElement counts and lists one shard's duplicates.
func (f *markFn) ProcessElement(_ context.Context, task spread.Task, emit func(collect.Result)) error {
	if task.Shard == spread.Whole {
		return nil
	}
	if f.path != task.Path {
		var err error
		if f.found, err = collect.Read[found](task.Path); err != nil {
			return err
		}
		if f.parts, err = collect.Read[Part](f.found[0].Parts); err != nil {
			return err
		}
		f.path = task.Path
	}
	part := f.parts[task.Shard]
	earlier, err := f.earlier(task.Shard)
	if err != nil {
		return err
	}
	if len(earlier) > 0 || part.Repeats {
		if err := f.mark(&part, earlier); err != nil {
			return err
		}
	}
	return emitPart(&part, task.Shard, emit)
}

// earlier are the keys of a shard that an earlier shard has, with their first rows.
// A key is in the file of one partition, so the order of the files does not matter.
func (f *markFn) earlier(shard int) (map[repeats.Key]int64, error) {
	var files []found
	for _, found := range f.found {
		if slices.ContainsFunc(found.Counts, func(c repeats.Count) bool { return c.Shard == shard }) {
			files = append(files, found)
		}
	}
	lists := make([]map[repeats.Key]int64, len(files))
	err := parallel.Do(fetchers, len(files), func(_, i int) (err error) {
		lists[i], err = readRepeats(files[i], shard)
		return err
	})
	rows := map[repeats.Key]int64{}
	for _, list := range lists {
		maps.Copy(rows, list)
	}
	return rows, err
}

func readRepeats(file found, shard int) (map[repeats.Key]int64, error) {
	in, err := store.Open(file.File.Path)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // only read
	rows := map[repeats.Key]int64{}
	if err := repeats.ReadRepeats(in, file.Counts, shard, rows); err != nil {
		return nil, fmt.Errorf("%s: %w", file.File.Path, err)
	}
	return rows, nil
}

// mark makes a part that knows its duplicates.
func (f *markFn) mark(part *Part, first map[repeats.Key]int64) error {
	in, err := store.Open(part.Shard.Ids.Path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	ids, err := parquet.Read[ID](in, in.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", part.Shard.Ids.Path, err)
	}
	var again []BadRow
	taken := make([]bool, len(ids)) // by a row before
	for i, id := range ids {
		key := repeats.KeyOf(id.ID)
		row, ok := first[key]
		if !ok {
			first[key] = id.Row
			continue
		}
		taken[i] = true
		again = append(again, BadRow{
			Number: id.Row, ID: id.ID, Path: id.Source, Row: id.RowInFile, Line: id.Line,
			Reason: fmt.Sprintf("repeats the id %q of row %d", shorten(id.ID), row),
		})
	}
	part.DuplicateCount = int64(len(again))
	part.Duplicates = again[:min(report.MaxBadRows, len(again))]
	if f.Params.Drop {
		return f.drop(part, ids, taken, again)
	}
	part.DuplicateFile, err = commitBadRows(f.Params.Dir, fmt.Sprintf("duplicates-%05d", part.Shard.Index), again)
	return err
}

// drop writes a shard anew without its duplicates, which are bad rows.
func (f *markFn) drop(part *Part, ids []ID, taken []bool, again []BadRow) error {
	x, err := part.Shard.Read(part.Dim, nil)
	if err != nil {
		return err
	}
	if !part.BadFile.IsZero() {
		if err := readBad(part.BadFile, func(b []BadRow) error {
			part.allBad = append(part.allBad, b...)
			return nil
		}); err != nil {
			return err
		}
	}
	part.allBad = append(part.allBad, again...)
	part.BadCount = int64(len(part.allBad))
	part.MaxAbs, part.Digest = 0, points.Digest{}
	kept, keptIDs := x[:0], ids[:0]
	var numbers []int64
	var buf []byte
	for i, id := range ids {
		if taken[i] {
			continue
		}
		row := x[i*part.Dim : (i+1)*part.Dim]
		buf = part.add(id.Row, row, buf)
		kept, keptIDs, numbers = append(kept, row...), append(keptIDs, id), append(numbers, id.Row)
	}
	if err := part.commitRows(f.Params.Dir, kept, numbers, f.Params.Half); err != nil {
		return err
	}
	return part.commitIDs(f.Params.Dir, keptIDs)
}

// shorten cuts an id for a message.
func shorten(id string) string {
	if len(id) <= 64 {
		return id
	}
	return id[:64] + "…"
}
