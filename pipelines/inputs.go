package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/configs"
	"leveler/internal/ledger"
	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
)

func unmarshal(s *ledger.Stage, result any) error {
	if err := json.Unmarshal(s.Result, result); err != nil {
		return fmt.Errorf("the manifest of stage %s: %w", s.Name, err)
	}
	return nil
}

// byReference tells whether the points stay where they are: rows of .npy files
// without ids, which the levels read as they lie.
func (r *Run) byReference() bool {
	return r.Config.Input.Kind == configs.KindNPY && r.Config.Input.IDField == ""
}

// storedDim is the dimension of the first embedding that can be read; 1 where
// there is none, for the bad rows to be counted and listed.
func (r *Run) storedDim(files []records.File) (int, error) {
	for _, f := range files {
		n, err := firstBytes(f, r.recordOptions())
		if err != nil || n > 0 {
			return n / 4, err
		}
	}
	return 1, nil
}

// firstBytes is the size of a file's first good record; 0 where there is none.
func firstBytes(f records.File, o records.Options) (int, error) {
	in, err := store.Open(f.Path)
	if err != nil {
		return 0, err
	}
	defer in.Close() //nolint:errcheck // only read
	return records.FirstSize(in, f, o)
}

// matrixShards cuts .npy files into shards from their headers.
func (r *Run) matrixShards(files []records.File) (shards []points.Shard, dim int, err error) {
	var row int64
	for _, f := range files {
		rows, d, err := matrixShape(f.Path)
		if err != nil {
			return nil, 0, err
		}
		if dim == 0 {
			dim = d
		}
		if d != dim {
			return nil, 0, fmt.Errorf("%s: has %d columns, %s has %d; all input files must agree", f.Path, d, files[0].Path, dim)
		}
		per := r.shardRows(dim)
		for first := int64(0); first < rows; first += per {
			n := min(per, rows-first)
			shards = append(shards, points.Shard{Index: len(shards), Path: f.Path, Source: f.Path, First: first, Rows: n, Row: row})
			row += n
		}
	}
	return shards, dim, nil
}

func matrixShape(path string) (rows int64, dim int, err error) {
	in, err := store.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer in.Close() //nolint:errcheck // only read
	m, err := npy.OpenMatrix(in, in.Size())
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", path, err)
	}
	return m.Rows(), m.Dim(), nil
}

// recordShards indexes files of records and cuts them into shards.
func (r *Run) recordShards(ctx context.Context, dir string, files []records.File, shardRows int64, in *input) ([]decode.Shard, error) {
	all, err := r.fileIndexes(ctx, dir, files, shardRows)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		in.InputRows += f.Index.Rows
		in.Skipped.ShortTexts += f.Index.Short
		for what, n := range f.Index.Skipped {
			if in.Skipped.Members == nil {
				in.Skipped.Members = map[string]int64{}
			}
			in.Skipped.Members[what] += n
		}
	}
	if in.InputRows == 0 {
		what := files[0].Path + " holds"
		if len(files) > 1 {
			what = fmt.Sprintf("%d files hold", len(files))
		}
		if in.Skipped.ShortTexts > 0 {
			return nil, fmt.Errorf("input.path: %s no record of at least %d characters (input.min_chars)", what, r.recordOptions().MinChars)
		}
		return nil, fmt.Errorf("input.path: %s no record", what)
	}
	return decode.Shards(dir, all, shardRows)
}

// fileIndexes makes the first pass over the files, where there is need of one.
func (r *Run) fileIndexes(ctx context.Context, dir string, files []records.File, every int64) ([]decode.FileIndex, error) {
	if r.recordOptions().OneRowPerFile() {
		return decode.SingleRows(files), nil
	}
	if err := errors.Join(collect.Clear(dir, "index", r.ledger.Check), decode.ClearMarks(dir, r.ledger.Check)); err != nil {
		return nil, err
	}
	list, err := decode.Batches(dir, files)
	if err != nil {
		return nil, err
	}
	bar := r.Progress.Stage("Indexing", int64(len(files)), "files")
	stop := watch(func() { bar.Set(decode.Indexed(dir)) })
	err = r.job(ctx, "index", r.indexPipeline(dir, list, every))
	stop()
	if err != nil {
		bar.Fail()
		return nil, err
	}
	bar.Set(int64(len(files)))
	bar.Done("")
	batches, _, err := collect.Find[[]decode.FileIndex](dir, "index")
	if err != nil {
		return nil, err
	}
	var all []decode.FileIndex
	for _, b := range batches {
		for _, f := range b {
			if f.Failure != "" {
				return nil, errors.New(f.Failure)
			}
			all = append(all, f)
		}
	}
	if len(all) != len(files) {
		return nil, fmt.Errorf("the engine reported success but indexed %d of %d files", len(all), len(files))
	}
	return all, nil
}

func (r *Run) indexPipeline(dir string, list []decode.Batch, every int64) func(beam.Scope) {
	return func(s beam.Scope) {
		batches := beam.Reshuffle(s, beam.CreateList(s, list))
		indexed := decode.Index(s, batches, decode.Params{Options: r.recordOptions(), Every: every, Threads: r.threads(), Dir: dir})
		collect.Manifest(s, indexed, dir, "index")
	}
}

// indices checks a configured file of row numbers and commits it sorted, for
// workers to search in. Without a path it returns nothing.
func (r *Run) indices(key, path string, rows int64) (store.Ref, error) {
	if path == "" {
		return store.Ref{}, nil
	}
	v, err := points.ReadInt64s(path)
	if err != nil {
		return store.Ref{}, fmt.Errorf("%s: %w", key, err)
	}
	if err := sortIndices(v); err != nil {
		return store.Ref{}, fmt.Errorf("%s: %s: %w", key, path, err)
	}
	if err := checkRange(key, path, v[len(v)-1], rows); err != nil {
		return store.Ref{}, err
	}
	return store.Commit(store.Join(r.Config.Work.Dir, "objects", "indices"), "rows", ".npy", writeInt64s(v))
}
