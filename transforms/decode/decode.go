// Package decode turns input files into shards of records: a first pass
// indexes every file, and the shards are cut from the indexes.
//
// Row numbers are positions in the lexicographic concatenation of the files,
// bad rows counted, so that they depend on no worker and no shard.
package decode

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/parallel"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/collect"
)

func init() {
	register.DoFn3x1[context.Context, Batch, func(collect.Result), error](&indexFn{})
	register.Emitter1[collect.Result]()
	beam.RegisterCoder(reflect.TypeFor[Batch](), encodeBatch, decodeBatch)
}

// Batch is some neighbouring files; many small files make few elements.
type Batch struct {
	Index int
	Files []records.File // or in List, when they are many
	List  store.Ref
}

// batchBytes is about how much data a Batch holds.
const batchBytes = 16 << 20

// batchFiles bounds how many files a Batch holds: opening one costs some
// milliseconds on object storage.
const batchFiles = 4096

// Batches groups files, in their order; dir is where long lists go.
func Batches(dir string, files []records.File) ([]Batch, error) {
	var out []Batch
	var size int64
	for _, f := range files {
		if len(out) == 0 || size+f.Size > batchBytes || len(out[len(out)-1].Files) == batchFiles {
			out = append(out, Batch{Index: len(out)})
			size = 0
		}
		b := &out[len(out)-1]
		b.Files = append(b.Files, f)
		size += f.Size
	}
	for i := range out {
		if err := spill(dir, fmt.Sprintf("files-%05d", i), &out[i].Files, &out[i].List); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// FileIndex is what is known of one file after the first pass.
type FileIndex struct {
	File  records.File  `json:"file"`
	Index records.Index `json:"index"`
	// Failure says why the file cannot be read at all.
	Failure string `json:"failure,omitempty"`
}

// Params of the first pass.
type Params struct {
	Options records.Options
	// Every is the distance, in rows, of the places that a later pass can read from.
	Every   int64
	Threads int // 0: the worker's processors
	// Dir is where marks of what is done are left, for Indexed.
	Dir string
}

// Index counts and marks the rows of every file.
// PCollection<Batch> → PCollection<collect.Result> (a list of FileIndex each).
func Index(s beam.Scope, batches beam.PCollection, p Params) beam.PCollection {
	s = s.Scope("decode.Index")
	return beam.ParDo(s, &indexFn{Params: p}, batches)
}

// openFiles is how many files are open at a time at least: a small one takes
// longer to open than to read. Of those that are larger than smallFile or
// compressed, which take memory, only Threads are read at a time.
const (
	openFiles = 16
	smallFile = 64 << 10
)

type indexFn struct{ Params Params }

// ProcessElement indexes the files of one batch, several at a time.
func (f *indexFn) ProcessElement(_ context.Context, b Batch, emit func(collect.Result)) error {
	files, err := unspill(b.Files, b.List)
	if err != nil {
		return err
	}
	out := make([]FileIndex, len(files))
	threads := cmp.Or(f.Params.Threads, runtime.GOMAXPROCS(0))
	large := make(chan struct{}, threads)
	err = parallel.Do(max(openFiles, threads), len(files), func(_, i int) (err error) {
		out[i], err = f.index(files[i], large)
		return err
	})
	if err != nil {
		return err
	}
	r, err := collect.NewResult(b.Index, out)
	if err != nil {
		return err
	}
	if err := mark(f.Params.Dir, b.Index, len(files)); err != nil {
		return err
	}
	emit(r)
	return nil
}

// SingleRows are the indexes of files that are one row each, which need no pass.
func SingleRows(files []records.File) []FileIndex {
	out := make([]FileIndex, len(files))
	for i, f := range files {
		out[i] = FileIndex{File: f, Index: records.SingleRow()}
	}
	return out
}

// index indexes one file, with a place in large where it is not a small one.
func (f *indexFn) index(file records.File, large chan struct{}) (ix FileIndex, err error) {
	defer func() { // it names the file
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: panic: %v", file.Path, r)
		}
	}()
	ix.File = file
	in, err := store.Open(file.Path)
	if err != nil {
		ix.Failure = err.Error() // data: a retry would find the same
		return ix, nil
	}
	defer in.Close() //nolint:errcheck // only read
	if in.Size() != file.Size {
		ix.Failure = fmt.Sprintf("%s: changed while it was read (%d bytes, was %d)", file.Path, in.Size(), file.Size)
		return ix, nil
	}
	takesMemory := file.Size > smallFile
	if !takesMemory {
		if takesMemory, err = records.Compressed(in, records.Mark{}, f.Params.Options); err != nil {
			ix.Failure = fmt.Sprintf("%s: %v", file.Path, err)
			return ix, nil
		}
	}
	if takesMemory {
		large <- struct{}{}
		defer func() { <-large }()
	}
	ix.Index, err = records.IndexFile(in, file, f.Params.Options, f.Params.Every)
	if err != nil {
		ix.Failure = err.Error()
	}
	return ix, nil
}

// encodeBatch and decodeBatch are the coder of a Batch, not Beam's row:
// see collect.Result.
func encodeBatch(v Batch) ([]byte, error) { return json.Marshal(v) }

func decodeBatch(b []byte) (v Batch, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}
