package records

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"leveler/internal/npy"
)

// openNPZ opens one array of an .npz file, a zip archive of .npy files. One that
// is not compressed (numpy.savez) is read by ranges, one that is from its start.
func openNPZ(src *tracked, o Options) (matrix, error) {
	z, err := zip.NewReader(src, src.Size())
	if err != nil {
		return nil, src.corrupt("is no .npz file, or damaged", err)
	}
	e, err := arrayOf(z, o.Array)
	if err != nil {
		return nil, err
	}
	size := int64(e.UncompressedSize64)
	var at io.ReaderAt
	switch e.Method {
	case zip.Store:
		off, err := e.DataOffset()
		if err != nil {
			return nil, src.corrupt("damaged .npz file", err)
		}
		if size < 0 || off > src.Size()-size {
			return nil, &CorruptError{Reason: fmt.Sprintf("is truncated: array %s has %d bytes, %d are left", e.Name, size, src.Size()-off)}
		}
		at = io.NewSectionReader(src, off, size)
	default:
		// What the archive says of its own sizes is not to be believed: a few bytes
		// would be an array of any number of rows.
		compressed := int64(min(e.CompressedSize64, uint64(src.Size())))
		if most := compressed*deflateRatio + readBuffer; size < 0 || size > most {
			return nil, &CorruptError{Reason: fmt.Sprintf("damaged .npz file: array %s cannot expand from %d to %d bytes", e.Name, compressed, e.UncompressedSize64)}
		}
		if limit := o.expansionLimit(compressed); size > limit {
			return nil, &CorruptError{Reason: fmt.Sprintf("array %s expands to more than %d bytes (max_expansion %d, max_file_bytes %d)", e.Name, limit, o.MaxExpansion, o.MaxFileBytes)}
		}
		r, err := e.Open()
		if err != nil {
			return nil, src.corrupt("damaged .npz file", err)
		}
		at = &forward{r: bufio.NewReaderSize(r, readBuffer)}
	}
	m, err := npy.OpenMatrix(at, size)
	if err != nil {
		return nil, npyFault(src, fmt.Errorf("array %s %w", strings.TrimSuffix(e.Name, ".npy"), err))
	}
	return npyMatrix{m: m, stream: e.Method != zip.Store}, nil
}

// deflateRatio is more than what any byte of DEFLATE expands to, 1032.
const deflateRatio = 1040

// arrayOf finds an array by its name; without one there must be a single one.
func arrayOf(z *zip.Reader, name string) (*zip.File, error) {
	var names []string
	var found *zip.File
	for _, e := range z.File {
		n, ok := strings.CutSuffix(e.Name, ".npy")
		if !ok {
			continue
		}
		names = append(names, n)
		if n == name || name == "" {
			found = e
		}
	}
	switch {
	case name == "" && len(names) > 1:
		return nil, &CorruptError{Reason: fmt.Sprintf("holds %d arrays (%s); say which by array", len(names), listed(names))}
	case found == nil:
		return nil, &CorruptError{Reason: fmt.Sprintf("has no array %q (its arrays: %s)", name, listed(names))}
	}
	return found, nil
}

// listed joins names for a message: the first of them where there are many.
func listed(names []string) string {
	const most = 20
	short := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		short = append(short, shorten(name))
	}
	if more := len(names) - most; more > 0 {
		short = append(short, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(short, ", ")
}

// forward reads a stream as if by ranges, as long as they follow one another. Its
// beginning is kept, for a header that is looked at twice.
type forward struct {
	r    io.Reader
	head []byte
	pos  int64
}

// forwardHead is more than the header of any .npy file that is read.
const forwardHead = 128 << 10

// ReadAt implements io.ReaderAt.
func (f *forward) ReadAt(p []byte, off int64) (int, error) {
	n := 0
	if off < int64(len(f.head)) {
		n = copy(p, f.head[off:])
		off += int64(n)
	}
	if n == len(p) {
		return n, nil
	}
	if off < f.pos {
		return n, errors.New("records: a stream cannot go back")
	}
	if err := f.take(io.Discard, off-f.pos); err != nil {
		return n, err
	}
	got, err := io.ReadFull(f.r, p[n:])
	f.keep(p[n : n+got])
	f.pos += int64(got)
	return n + got, err
}

// take reads n bytes on.
func (f *forward) take(w io.Writer, n int64) error {
	buf := make([]byte, min(n, readBuffer))
	for n > 0 {
		got, err := io.ReadFull(f.r, buf[:min(n, int64(len(buf)))])
		f.keep(buf[:got])
		f.pos += int64(got)
		n -= int64(got)
		if err != nil {
			return err
		}
		if _, err := w.Write(buf[:got]); err != nil {
			return err
		}
	}
	return nil
}

// keep adds to the beginning what follows it, up to its size.
func (f *forward) keep(b []byte) {
	if f.pos == int64(len(f.head)) {
		f.head = append(f.head, b[:min(len(b), forwardHead-len(f.head))]...)
	}
}
