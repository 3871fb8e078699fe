package decode

import "leveler/internal/records"

// Shard is a range of rows that may span files.
type Shard struct {
	Index    int
	Row      int64 // number of its first row
	Rows     int64
	Segments []Segment
}

// Segment is the part of a shard that lies in one file.
type Segment struct {
	File  records.File
	Row   int64 // number of its first row
	Range records.Range
}

// Shards cuts the indexed files, in their order, into shards of at most rows
// rows.
func Shards(files []FileIndex, rows int64) []Shard {
	var out []Shard
	var number int64
	for _, f := range files {
		for first := int64(0); first < f.Index.Rows; {
			if len(out) == 0 || out[len(out)-1].Rows == rows {
				out = append(out, Shard{Index: len(out), Row: number})
			}
			sh := &out[len(out)-1]
			n := min(rows-sh.Rows, f.Index.Rows-first)
			sh.Segments = append(sh.Segments, Segment{File: f.File, Row: number, Range: f.Index.Range(first, n)})
			sh.Rows += n
			first += n
			number += n
		}
	}
	return out
}
