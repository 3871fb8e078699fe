// Package records turns files into records with stable numbers, ids and places,
// so that any worker can read any range of rows: text, JSONL, images, sounds,
// WebDataset archives and Parquet tables.
//
// [Expand] lists the files of a pattern in lexicographic order. [IndexFile] is a
// first pass over one file: its number of rows and a [Mark] every so many rows.
// [ReadRange] reads a range of rows from a mark and gives exactly the records that
// a read of the whole file gives.
//
// # What is a row
//
// A row is a record of the format, bad ones included: text in another encoding
// than UTF-8, a record above MaxRecordBytes, a picture that is none, a member of
// an archive without its item. Blank lines (spaces, tabs and carriage returns
// only) are separators, never rows, and a text of fewer than MinChars characters
// is none either: both are left out before the numbering.
//
// A file that is damaged ends with one bad row that says where and how: what
// comes before it is read, what comes after it is lost.
//
// # Memory
//
// A scan holds one record of at most MaxRecordBytes and a read buffer of 64 KiB,
// whatever the file holds; of a Parquet file one page of each column it reads.
package records

// Record is one row of a file. Data is valid only until the function that got
// the Record returns.
type Record struct {
	Row    int64  // position in the file, from 0
	ID     string // the id field, the key in an archive, "name:line" of a line, or the file's name
	Source string // the file's path
	Line   int64  // the record's first line, from 1; 0 where there are no lines
	Offset int64  // its first byte in the file, decompressed; 0 in a Parquet file
	// Data is the item as it is stored: UTF-8 text (lines ending in \n, without
	// the last line's end), an encoded picture, a sound file; nil in a bad row.
	Data []byte
	Bad  string // why the row is bad, empty in a good one
}

// Mark is a place in a file at which a scan can begin.
type Mark struct {
	Row    int64 // of the record that begins here
	Offset int64 // its first byte in the file; 0 in a compressed one
	Line   int64 // its first line, from 1
}
