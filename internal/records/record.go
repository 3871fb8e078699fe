// Package records turns text and JSONL files into records with stable numbers,
// ids and byte ranges, so that any worker can read any range of rows.
//
// [Expand] lists the files of a pattern in lexicographic order. [IndexFile] is a
// first pass over one file: its number of rows and a [Mark] every so many rows.
// [ReadRange] reads a range of rows from a mark and gives exactly the records
// that a read of the whole file gives.
//
// # What is a row
//
// A row is a record of the format, bad ones included: text in another encoding
// than UTF-8, text with a NUL byte, a record above MaxRecordBytes, JSON that is
// malformed or lacks a field. Blank lines (spaces, tabs and carriage returns
// only) are separators, never rows, and a text of fewer than MinChars characters
// is none either: both are left out before the numbering.
//
// # Memory
//
// A scan holds one record of at most MaxRecordBytes and a read buffer of 64 KiB,
// whatever the file holds.
package records

// Record is one row of a file. Data is valid only until the function that got
// the Record returns.
type Record struct {
	Row    int64  // position in the file, from 0
	ID     string // the id field, or "name:line", or the name alone when a file is one record
	Source string // the file's path
	Line   int64  // the record's first line, from 1
	Data   []byte // the item: UTF-8 text (lines ending in \n, without the last line's end); nil in a bad row
	Bad    string // why the row is bad, empty in a good one
}

// Mark is a place in a file at which a scan can begin.
type Mark struct {
	Row    int64 // of the record that begins here
	Offset int64 // its first byte in the file; 0 in a compressed one
	Line   int64 // its first line, from 1
}

// The media: what the data of a record is.
const (
	MediumText  = "text"
	MediumImage = "image"
	MediumAudio = "audio"
)
