package records

import (
	"errors"
	"fmt"
	"io"
)

// File is one input file.
type File struct {
	Path    string // as it is opened
	Name    string // relative to the pattern's fixed root, with slashes: the same on every machine
	Size    int64  // bytes
	ModTime int64  // nanoseconds since 1970, UTC; 0 for an object
	// Generation is another one for every content an object has had; 0 for a file.
	Generation int64 `json:",omitempty"`
}

// Input is an open file. A store.File is one.
type Input interface {
	io.ReaderAt
	Size() int64
}

// CorruptError is a fault of a file's content which a retry cannot mend. What
// comes before it can be read.
type CorruptError struct {
	Reason string
	Line   int64 // at which it was found, 0 where there are no lines
	Offset int64 // about where, in the decompressed file
	Err    error // nil when Reason says it all
}

// Error returns one line without the file's path.
func (e *CorruptError) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s: %v", e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

// tracked remembers the errors of storage, so that those of a decoder on top of
// it can be told from them.
type tracked struct {
	in  Input
	err error
}

// ReadAt implements io.ReaderAt.
func (t *tracked) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off > t.in.Size() { // what a damaged file says of itself
		return 0, io.EOF
	}
	n, err := t.in.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		t.err = err
	}
	return n, err
}

// Size implements Input.
func (t *tracked) Size() int64 { return t.in.Size() }

// corrupt makes err, which a decoder returned, a CorruptError unless storage is
// to blame for it.
func (t *tracked) corrupt(reason string, err error) error {
	if t.err != nil {
		return t.err
	}
	return &CorruptError{Reason: reason, Err: err}
}
