package pipelines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

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

// recordShards indexes text files and cuts them into shards.
func (r *Run) recordShards(ctx context.Context, dir string, files []records.File, shardRows int64) ([]decode.Shard, int64, error) {
	if err := collect.Clear(dir, "index"); err != nil {
		return nil, 0, err
	}
	err := r.job(ctx, "index", func(s beam.Scope) {
		batches := beam.Reshuffle(s, beam.CreateList(s, decode.Batches(files)))
		indexed := decode.Index(s, batches, decode.Params{Options: r.recordOptions(), Every: shardRows, Threads: r.threads()})
		collect.Manifest(s, indexed, dir, "index")
	})
	if err != nil {
		return nil, 0, err
	}
	batches, _, err := collect.Find[[]decode.FileIndex](dir, "index")
	if err != nil {
		return nil, 0, err
	}
	var all []decode.FileIndex
	var rows int64
	for _, b := range batches {
		for _, f := range b {
			if f.Failure != "" {
				return nil, 0, errors.New(f.Failure)
			}
			rows += f.Index.Rows
			all = append(all, f)
		}
	}
	if len(all) != len(files) {
		return nil, 0, fmt.Errorf("the engine reported success but indexed %d of %d files", len(all), len(files))
	}
	if rows == 0 {
		what := files[0].Path + " holds"
		if len(files) > 1 {
			what = fmt.Sprintf("%d files hold", len(files))
		}
		return nil, 0, fmt.Errorf("input.path: %s no record of at least %d characters (input.min_chars)", what, r.recordOptions().MinChars)
	}
	return decode.Shards(all, shardRows), rows, nil
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
