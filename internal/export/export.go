// Package export writes selected items into shards that training code reads:
// tar archives in WebDataset's layout, Parquet, lines, MosaicML's MDS.
//
// # Determinism
//
// The bytes of a shard follow from its items alone: no time, no user, no
// machine is in them.
//
// # Memory
//
// A writer holds one item and, in Parquet and MDS, what is not yet flushed: a
// row group of about 32 MiB, an MDS shard of at most 64 MiB.
package export

import (
	"io"

	"github.com/parquet-go/parquet-go"
)

// Item is a selected item, once: an item that was taken several times comes
// several times.
type Item struct {
	Row  Row
	Copy int64 // 0 is the first
	// Key names the item in an archive; it need not be unique.
	Key string
	// Members are its files: the one it is, or all of its key in an archive.
	Members []Member
	// Values is the item when it is a row of a Parquet file.
	Values parquet.Row
}

// Member is a file of an item.
type Member struct {
	Ext  string // without the dot, as in "seg.png"
	Data []byte
}

// Row is what the selection knows of an item.
type Row struct {
	Number      int64
	ID          string
	Source      string
	Levels      []int32
	Distance    float32
	Probability *float64
	JSON        []byte // the same as a JSON object
}

// Size is about how many bytes the item takes.
func (it *Item) Size() (n int64) {
	for _, m := range it.Members {
		n += int64(len(m.Data))
	}
	for _, v := range it.Values {
		n += 8
		if k := v.Kind(); k == parquet.ByteArray || k == parquet.FixedLenByteArray {
			n += int64(len(v.ByteArray()))
		}
	}
	return n
}

// Shard writes one shard.
type Shard interface {
	// Add appends an item.
	Add(it *Item) error
	// Size is about how many bytes the shard has.
	Size() int64
	// Close finishes the shard; the writer below stays open.
	Close() error
}

// Container is a kind of shard.
type Container interface {
	// Ext ends the names of its files.
	Ext() string
	// New starts a shard.
	New(w io.Writer) (Shard, error)
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
