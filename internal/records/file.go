package records

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// File is one input file.
type File struct {
	Path    string // as it is opened
	Name    string // relative to the pattern's fixed root, with slashes: the same on every machine
	Size    int64  // bytes
	ModTime int64  // nanoseconds since 1970, UTC
}

// compressed is whether the file can only be read from its start.
func (f File) compressed() bool { return strings.HasSuffix(f.Path, ".gz") }

func (f File) decompress(r io.Reader) (io.Reader, error) {
	if !f.compressed() {
		return r, nil
	}
	return gzip.NewReader(r)
}

// CorruptError is a fault of a whole file, which a retry cannot mend: its
// compressed data are damaged or end too early.
type CorruptError struct {
	Path string
	Err  error
}

// Error names the file and what was found.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s: damaged or truncated gzip file: %v", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *CorruptError) Unwrap() error { return e.Err }

// fault names the file in an error, as a CorruptError where the data are to blame.
func (f File) fault(err error) error {
	var corrupt flate.CorruptInputError
	if f.compressed() && (errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.As(err, &corrupt)) {
		return &CorruptError{Path: f.Path, Err: err}
	}
	return fmt.Errorf("%s: %w", f.Path, err)
}
