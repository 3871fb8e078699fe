package records

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// stream is a file's content from some byte on, decompressed.
type stream struct {
	io.Reader
	// offset is where it begins in the content.
	offset int64
	// codec is what the file is compressed with, empty when it is not. A
	// compressed file is read from its start.
	codec string
	// buffer is how much to read at a time: a small file needs no large buffer.
	buffer int
	src    *tracked
	close  func()
}

// openStream reads a file from a byte of its content on. Compression is told by
// the first bytes, not by the name; a name that promises compression must keep it.
func openStream(in Input, f File, offset int64, o Options) (*stream, error) {
	src := &tracked{in: in}
	s := &stream{offset: offset, src: src, close: func() {}}
	s.buffer = int(max(0, min(readBuffer, in.Size()-offset+1)))
	section := bufio.NewReaderSize(io.NewSectionReader(src, offset, in.Size()-offset), s.buffer)
	s.Reader = section
	if offset > 0 {
		return s, nil // a mark beyond the start is only made in what is not compressed
	}
	head, err := section.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var r io.Reader
	switch s.codec = codecOf(head); s.codec {
	case "gzip":
		r, err = gzip.NewReader(section)
	case "zstd":
		var d *zstd.Decoder
		// One goroutine, so that a damaged file gives the same bytes each time.
		if d, err = zstd.NewReader(section, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow)); err == nil {
			r, s.close = d, d.Close
		}
	default:
		if codec, promised := codecs[strings.ToLower(path.Ext(f.Path))]; promised {
			return nil, &CorruptError{Reason: fmt.Sprintf("is no %s file, as its name says (it %s)", codec, begins(head))}
		}
		return s, nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, s.fault(err)
	}
	s.buffer = readBuffer
	s.Reader = &expanding{r: r, limit: o.expansionLimit(in.Size()), o: o}
	return s, nil
}

// Compressed says whether a scan of a file from a mark on would decompress it: a
// decoder may hold zstdWindow bytes however small the file is. It reads nothing where
// the format or the mark says so.
func Compressed(in Input, from Mark, o Options) (bool, error) {
	switch o.Format {
	case FormatText, FormatJSONL, FormatWebDataset:
	default:
		return false, nil
	}
	if from.Offset > 0 {
		return false, nil
	}
	head := make([]byte, len(zstdMagic))
	n, err := in.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return codecOf(head[:n]) != "", nil
}

// codecOf is what content with such a beginning is compressed with, empty for none.
func codecOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		return "gzip"
	case bytes.HasPrefix(head, []byte(zstdMagic)):
		return "zstd"
	}
	return ""
}

const (
	gzipMagic = "\x1f\x8b"
	zstdMagic = "\x28\xb5\x2f\xfd"
	// zstdWindow is what a decoder may hold: that of zstd --ultra -22.
	zstdWindow = 128 << 20
)

// codecs are the kinds of compression by the end of a name.
var codecs = map[string]string{".gz": "gzip", ".tgz": "gzip", ".zst": "zstd", ".zstd": "zstd"}

// begins says how content begins, for messages.
func begins(head []byte) string {
	if len(head) == 0 {
		return "is empty"
	}
	return fmt.Sprintf("begins with %q", head)
}

// fault makes an error of the decompression a CorruptError, unless storage or a
// limit is to blame.
func (s *stream) fault(err error) error {
	var corrupt *CorruptError
	switch {
	case err == nil, errors.Is(err, io.EOF) && s.src.err == nil, errors.As(err, &corrupt):
		return err
	case s.src.err != nil:
		return s.src.err
	case s.codec == "":
		return err
	}
	return &CorruptError{Reason: "damaged or truncated " + s.codec + " data", Err: err}
}

// Read implements io.Reader; its errors are those of fault.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && s.codec != "" {
		err = s.fault(err)
	}
	return n, err
}

// expanding ends a decompression that gives too much.
type expanding struct {
	r     io.Reader
	n     int64
	limit int64
	o     Options
}

// Read implements io.Reader.
func (e *expanding) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if e.n += int64(n); e.n > e.limit {
		return 0, &CorruptError{Reason: fmt.Sprintf("expands to more than %d bytes (max_expansion %d, max_file_bytes %d)", e.limit, e.o.MaxExpansion, e.o.MaxFileBytes)}
	}
	return n, err
}

// freeExpansion is what any compressed file may expand to: a small one of equal
// bytes is no attack.
const freeExpansion = 64 << 20

// expansionLimit is the most bytes that a compressed file may expand to.
func (o Options) expansionLimit(size int64) int64 {
	limit := o.MaxFileBytes
	if size < limit/int64(o.MaxExpansion) {
		limit = max(min(limit, freeExpansion), size*int64(o.MaxExpansion))
	}
	return limit
}
