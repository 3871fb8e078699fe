package write

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"reflect"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/export"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/collect"
)

func init() {
	register.DoFn2x1[Block, func(collect.Result), error](&copyFn{})
	beam.RegisterCoder(reflect.TypeFor[Block](), encodeBlock, decodeBlock)
}

// The containers of a copy.
const (
	ContainerTar   = "tar"   // WebDataset's layout
	ContainerLines = "lines" // the lines as they were
	ContainerRows  = "rows"  // rows of Parquet input
	ContainerItems = "items" // a Parquet table of items
	ContainerMDS   = "mds"   // MosaicML streaming
	ContainerFiles = "files" // each item a file
)

// CopyParams of Copy.
type CopyParams struct {
	Dir string // where the blocks' reports go
	// Out is where shards, and files, go.
	Out       string
	Container string
	// Kind of items: export.Image, Audio or Text.
	Kind    string
	Levels  int
	Options records.Options
	// ShardBytes is about the most bytes of a shard.
	ShardBytes int64
	// Number makes file names unique by the row: names may repeat, or rows.
	Number bool
}

// Copied is the report on one block.
type Copied struct {
	// Failure says what is wrong with the data.
	Failure string        `json:"failure,omitempty"`
	Shards  []CopiedShard `json:"shards"`
	// Schema of the rows of Parquet input, in words; all blocks must agree.
	Schema string `json:"schema,omitempty"`
	// Of file copies, which have no shards.
	Items int64 `json:"items"`
	Bytes int64 `json:"bytes"`
}

// CopiedShard is a shard of a copy.
type CopiedShard struct {
	File  store.Ref `json:"file"`
	Items int64     `json:"items"`
}

// Copy copies the items of every block into shards, or files.
// PCollection<Block> → PCollection<collect.Result> (a Copied each).
func Copy(s beam.Scope, blocks beam.PCollection, p CopyParams) beam.PCollection {
	s = s.Scope("write.Copy")
	return beam.ParDo(s, &copyFn{Params: p}, blocks)
}

type copyFn struct {
	Params CopyParams

	done   map[int][]string // reports of an earlier attempt
	schema string           // of the block's first Parquet file
}

// MarkerName is the file that says that a folder of an output is ours. The driver
// puts it into CopyParams.Out before workers do anything there.
const MarkerName = ".leveler.json"

// sees wants the driver's folder: a worker that has another of that name, or none and
// makes it, would copy to where nobody looks.
func (f *copyFn) sees() error {
	_, err := store.ReadFile(store.Join(f.Params.Out, MarkerName))
	if errors.Is(err, fs.ErrNotExist) {
		host, _ := os.Hostname()
		return fmt.Errorf("output.dir: the worker on %s does not see the driver's %s; mount the same storage there under the same name, or use gs://", host, f.Params.Out)
	}
	return err
}

// ProcessElement copies one block, unless an earlier attempt did.
func (f *copyFn) ProcessElement(b Block, emit func(collect.Result)) error {
	if f.done == nil {
		if err := f.sees(); err != nil {
			return err
		}
	}
	c, err := f.existing(b.Index)
	if err != nil {
		return err
	}
	if c == nil {
		if c, err = f.copy(b); err != nil {
			return err
		}
		if _, err := store.Commit(f.Params.Dir, fmt.Sprintf("copied-%05d", b.Index), ".json", func(w io.Writer) error {
			return json.NewEncoder(w).Encode(c)
		}); err != nil {
			return err
		}
	}
	r, err := collect.NewResult(b.Index, c)
	if err != nil {
		return err
	}
	emit(r)
	return nil
}

// existing returns the report of a block that was copied before and whose
// shards are whole; nil where there is none.
func (f *copyFn) existing(index int) (*Copied, error) {
	if f.done == nil {
		var err error
		if f.done, err = collect.Reports(f.Params.Dir, "copied"); err != nil {
			return nil, err
		}
	}
	for _, path := range f.done[index] {
		b, err := store.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c := new(Copied)
		if json.Unmarshal(b, c) == nil && c.Failure == "" && c.whole() {
			return c, nil
		}
	}
	return nil, nil //nolint:nilnil // nothing is there
}

func (c *Copied) whole() bool {
	for _, s := range c.Shards {
		if store.CheckSize(s.File) != nil {
			return false
		}
	}
	return true
}

func (f *copyFn) copy(b Block) (*Copied, error) {
	c := new(Copied)
	var err error
	if f.Params.Container == ContainerFiles {
		err = f.files(b, c)
	} else {
		err = f.shards(b, c)
	}
	if fault := (*dataFault)(nil); asFault(err, &fault) {
		return &Copied{Failure: fault.text}, nil
	}
	return c, err
}

// shards cuts the block's items into shards of about ShardBytes.
func (f *copyFn) shards(b Block, c *Copied) error {
	container, err := f.container(b, c)
	if err != nil {
		return err
	}
	var fault error
	next, stop := iter.Pull(func(yield func(*export.Item) bool) {
		fault = f.each(b, func(it *export.Item) error {
			if !yield(it) {
				return errStop
			}
			return nil
		})
	})
	defer stop()
	it, more := next()
	for n := 0; more; n++ {
		s := CopiedShard{}
		s.File, err = store.Commit(f.Params.Out, fmt.Sprintf("shard-%05d-%05d", b.Index, n), container.Ext(), func(w io.Writer) error {
			shard, err := container.New(w)
			if err != nil {
				return err
			}
			for more && (s.Items == 0 || shard.Size()+it.Size() <= f.Params.ShardBytes) {
				if err := shard.Add(it); err != nil {
					return fmt.Errorf("row %d: %w", it.Row.Number, err)
				}
				s.Items++
				it, more = next()
			}
			if fault != nil {
				return fault
			}
			return shard.Close()
		})
		if err != nil {
			return err
		}
		c.Shards = append(c.Shards, s)
		c.Items += s.Items
		c.Bytes += s.File.Size
	}
	return fault
}

// container makes the block's kind of shard.
func (f *copyFn) container(b Block, c *Copied) (export.Container, error) {
	switch f.Params.Container {
	case ContainerTar:
		return export.Tar{}, nil
	case ContainerLines:
		return export.Lines{Extension: linesExt(f.Params.Options.Format)}, nil
	case ContainerItems:
		return export.ItemTable(f.Params.Kind, f.Params.Levels), nil
	case ContainerMDS:
		return export.MDS{Item: strings.ToLower(f.Params.Kind)}, nil
	case ContainerRows:
		return f.rowsLike(b, c)
	}
	return nil, fmt.Errorf("internal error: no container %q; please report it", f.Params.Container)
}

// Ext ends the names of a container's shards.
func (p CopyParams) Ext() string {
	switch p.Container {
	case ContainerTar:
		return ".tar"
	case ContainerLines:
		return linesExt(p.Options.Format)
	case ContainerMDS:
		return ".mds"
	}
	return ".parquet"
}

func linesExt(format string) string {
	if format == records.FormatJSONL {
		return ".jsonl"
	}
	return ".txt"
}

// encodeBlock and decodeBlock are the coder of a Block, not Beam's row: see
// collect.Result.
func encodeBlock(v Block) ([]byte, error) { return json.Marshal(v) }

func decodeBlock(b []byte) (v Block, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}
