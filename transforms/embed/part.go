// Package embed makes the points of level 1: every shard of the input becomes a
// shard of float32 rows that the levels can read by ranges.
//
// # Memory
//
// For each group of shards that it embeds, a worker holds the rows of one shard
// (shard_bytes), one batch of records (batchBytes, or one record where that is
// larger), and two windows of small files, the one that is embedded and the next:
// each has at most windowFiles files of aheadBytes (32 MiB), or, where a file is a
// row, batchBytes or one file. Decoders of compressed files, of at most 128 MiB
// each, are as many as its threads. Duplicates holds one partition of the keys of
// all ids (package repeats) in findFn; in markFn one shard's ids and those of its
// keys that repeat, and with Drop its rows.
//
// # Determinism
//
// The built-in embedders are exact. A shard is committed once, content-addressed;
// one that is there already is not made again.
package embed

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"

	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/repeats"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
)

func init() {
	register.DoFn3x1[context.Context, decode.Group, func(collect.Result), error](&recordsFn{})
	register.DoFn3x1[context.Context, points.Shard, func(collect.Result), error](&precomputedFn{})
	register.Emitter1[collect.Result]()
	beam.RegisterCoder(reflect.TypeFor[decode.Group](), encodeGroup, decodeGroup)
	beam.RegisterCoder(reflect.TypeFor[points.Shard](), encodePointShard, decodePointShard)
}

// Part is the report on one shard.
type Part struct {
	Shard points.Shard `json:"shard"`
	// First and Rows are the numbers of the rows it was made from.
	First    int64         `json:"first"`
	Rows     int64         `json:"rows"`
	Dim      int           `json:"dim"`
	MaxAbs   float32       `json:"max_abs"`
	Digest   points.Digest `json:"digest"`
	BadCount int64         `json:"bad_count"`
	Bad      []BadRow      `json:"bad,omitempty"`     // the first of them
	BadFile  store.Ref     `json:"bad_file,omitzero"` // all of them
	// Excluded rows are not in the subset the configuration names.
	Excluded int64 `json:"excluded"`
	// Keys of the ids, for finding those that repeat (internal/repeats); Repeats
	// says that some do in this very shard.
	Keys    store.Ref `json:"keys,omitzero"`
	Repeats bool      `json:"repeats,omitempty"`
	// Duplicates are the rows whose id an earlier row has: their number, the first
	// of them, and all where they are points all the same.
	DuplicateCount int64     `json:"duplicate_count,omitempty"`
	Duplicates     []BadRow  `json:"duplicates,omitempty"`
	DuplicateFile  store.Ref `json:"duplicate_file,omitzero"`

	allBad []BadRow
}

// add counts row x with its number in.
func (p *Part) add(number int64, x []float32, buf []byte) []byte {
	p.MaxAbs = max(p.MaxAbs, npy.MaxAbs(x))
	return p.Digest.Add(number, x, buf)
}

// ID is the id and the place of a row, as ids/ keeps them.
type ID struct {
	Row       int64  `parquet:"row"`
	ID        string `parquet:"id"`
	Source    string `parquet:"source,dict"`
	RowInFile int64  `parquet:"row_in_file,delta"`
	Line      int64  `parquet:"line,delta"` // 0 where there are no lines
}

// commitIDs writes the ids of a shard's points.
func (p *Part) commitIDs(dir string, ids []ID) error {
	p.Shard.Ids = store.Ref{}
	if len(ids) == 0 {
		return nil
	}
	var err error
	p.Shard.Ids, err = store.Commit(dir, fmt.Sprintf("ids-%05d", p.Shard.Index), ".parquet", func(w io.Writer) error {
		pw := parquet.NewGenericWriter[ID](w, parquet.Compression(&parquet.Snappy))
		if _, err := pw.Write(ids); err != nil {
			return err
		}
		return pw.Close()
	})
	return err
}

// commitKeys writes the keys of the ids.
func (p *Part) commitKeys(dir string, ids []ID) error {
	if len(ids) == 0 {
		return nil
	}
	keys, rows := make([]repeats.Key, len(ids)), make([]int64, len(ids))
	for i, id := range ids {
		keys[i], rows[i] = repeats.KeyOf(id.ID), id.Row
	}
	firsts := repeats.Distinct(keys, rows)
	p.Repeats = len(firsts) < len(ids)
	var err error
	p.Keys, err = store.Commit(dir, fmt.Sprintf("keys-%05d", p.Shard.Index), ".bin", func(w io.Writer) error {
		return repeats.WriteKeys(w, firsts)
	})
	return err
}

// commitRows writes the kept rows of a shard and, where their numbers are not
// consecutive, the numbers.
func (p *Part) commitRows(dir string, x []float32, numbers []int64, half bool) error {
	p.Shard.Rows = int64(len(numbers))
	p.Shard.First = 0
	p.Shard.Path, p.Shard.File, p.Shard.Numbers = "", store.Ref{}, store.Ref{}
	if err := p.commitBad(dir); err != nil || len(numbers) == 0 {
		return err
	}
	var err error
	write := npy.WriteMatrix
	if half {
		write = npy.WriteHalves
	}
	name := fmt.Sprintf("embeddings-%05d", p.Shard.Index)
	if p.Shard.File, err = store.Commit(dir, name, ".npy", func(w io.Writer) error { return write(w, x, p.Dim) }); err != nil {
		return err
	}
	p.Shard.Path = p.Shard.File.Path
	p.Shard.Row = numbers[0]
	if numbers[len(numbers)-1]-numbers[0] == int64(len(numbers)-1) {
		return nil
	}
	p.Shard.Numbers, err = store.Commit(dir, fmt.Sprintf("rows-%05d", p.Shard.Index), ".npy", func(w io.Writer) error { return npy.WriteInt64s(w, numbers) })
	return err
}

// encodeGroup and decodeGroup are the coder of a decode.Group, not Beam's row: see
// collect.Result.
func encodeGroup(v decode.Group) ([]byte, error) { return json.Marshal(v) }

func decodeGroup(b []byte) (v decode.Group, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}

// encodePointShard and decodePointShard are the coder of a points.Shard, not Beam's
// row: see collect.Result.
func encodePointShard(v points.Shard) ([]byte, error) { return json.Marshal(v) }

func decodePointShard(b []byte) (v points.Shard, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}
