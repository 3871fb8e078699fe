package decode

import (
	"fmt"

	"leveler/internal/records"
	"leveler/internal/store"
)

// Shard is a range of rows that may span files.
type Shard struct {
	Index    int
	Row      int64 // number of its first row
	Rows     int64
	Segments []Segment // or in List, when they are many
	List     store.Ref
	// Continues says that to read it is to read the shard before again: the file
	// can only be read from a mark a shard's size or more before it.
	Continues bool
}

// Parts returns the shard's segments, in order.
func (s Shard) Parts() ([]Segment, error) { return unspill(s.Segments, s.List) }

// Segment is the part of a shard that lies in one file.
type Segment struct {
	File  records.File
	Row   int64 // number of its first row
	Range records.Range
}

// Shards cuts the indexed files, in their order, into shards of at most rows
// rows; dir is where long lists go.
func Shards(dir string, files []FileIndex, rows int64) ([]Shard, error) {
	var out []Shard
	var number int64
	for _, f := range files {
		for first := int64(0); first < f.Index.Rows; {
			if len(out) == 0 || out[len(out)-1].Rows == rows {
				out = append(out, Shard{Index: len(out), Row: number})
			}
			sh := &out[len(out)-1]
			n := min(rows-sh.Rows, f.Index.Rows-first)
			rg := f.Index.Range(first, n)
			if sh.Rows == 0 && first-rg.Mark.Row >= rows {
				sh.Continues = true
			}
			sh.Segments = append(sh.Segments, Segment{File: f.File, Row: number, Range: rg})
			sh.Rows += n
			first += n
			number += n
		}
	}
	for i := range out {
		if err := spill(dir, fmt.Sprintf("segments-%05d", i), &out[i].Segments, &out[i].List); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Group is neighbouring shards that are read in one go: those of a compressed
// file, which can only be read from its start, or of a large row group.
type Group struct{ Shards []Shard }

// maxGroup bounds a group, so that its element stays small. To read the start of
// a file again for every so many shards is little.
const maxGroup = 1024

// Groups joins the shards that continue one another.
func Groups(shards []Shard) []Group {
	var out []Group
	for _, sh := range shards {
		if n := len(out); n > 0 && sh.Continues && len(out[n-1].Shards) < maxGroup {
			out[n-1].Shards = append(out[n-1].Shards, sh)
			continue
		}
		out = append(out, Group{[]Shard{sh}})
	}
	return out
}
