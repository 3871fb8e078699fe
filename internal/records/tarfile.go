package records

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"leveler/internal/store"
)

// tarReader reads the members of an archive and knows where their headers are,
// so that a scan can begin at any of them.
type tarReader struct {
	src    tarSource
	tr     *tar.Reader
	header int64 // where the last member's headers begin
	data   int64 // where its data end
	cut    error // the archive ends inside the last member
	// atHeader says that an error of next was found in a header, not in the data
	// of the member before.
	atHeader bool
	foreign  bool // the last member belongs to no key
	close    func()
}

func openTar(in Input, f File, from Mark, o Options) (*tarReader, error) {
	s, err := openStream(in, f, from.Offset, o)
	if err != nil {
		return nil, err
	}
	size := readBuffer
	if store.IsRemote(f.Path) {
		size = remoteBuffer
	}
	t := &tarReader{data: from.Offset, close: s.close}
	t.src = tarSource{s: s, pos: from.Offset, size: math.MaxInt64, r: bufio.NewReaderSize(s, size)}
	if s.codec == "" {
		t.src.size = in.Size()
		t.src.r.Reset(io.NewSectionReader(s.src, from.Offset, in.Size()-from.Offset))
	}
	return t, nil
}

// remoteBuffer is the size of the reads of an archive on object storage, where
// each of them costs a request: larger than most members, which are then read
// over faster than they are skipped.
const remoteBuffer = 1 << 20

func (t *tarReader) streamed() bool { return t.src.s.codec != "" }

// Read reads the data of the last member.
func (t *tarReader) Read(p []byte) (int, error) { return t.tr.Read(p) }

// tarBlock is what headers and data are padded to.
const tarBlock = 512

// next goes to the next member; io.EOF after the last.
func (t *tarReader) next() (*tar.Header, error) {
	t.atHeader = false
	if err := t.src.skipTo(t.data); err != nil {
		return nil, t.fault(err)
	}
	t.atHeader, t.foreign = true, false
	t.header = (t.data + tarBlock - 1) / tarBlock * tarBlock
	if err := t.src.skipTo(t.header); err != nil { // no padding after the last member
		return nil, t.end(err)
	}
	t.tr = tar.NewReader(&t.src)
	h, err := t.tr.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, t.end(nil)
	case err != nil:
		return nil, t.fault(err)
	case isSparse(h):
		return nil, &CorruptError{Reason: fmt.Sprintf("member %q is sparse, which is not read", shorten(h.Name))}
	}
	size := h.Size
	switch h.Typeflag {
	case tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo, tar.TypeXGlobalHeader:
		size = 0
	}
	if size < 0 || size > math.MaxInt64-t.src.pos-tarBlock {
		return nil, &CorruptError{Reason: fmt.Sprintf("member %q has %d bytes", shorten(h.Name), size)}
	}
	t.data = t.src.pos + size
	t.atHeader, t.cut = false, nil
	if t.data > t.src.size {
		t.cut = &CorruptError{Reason: fmt.Sprintf("truncated archive: member %q has %d bytes, %d are left", shorten(h.Name), size, t.src.size-t.src.pos)}
	}
	return h, nil
}

func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for k := range h.PAXRecords {
		if strings.HasPrefix(k, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// end looks at what follows the last member: nothing but zeros may.
func (t *tarReader) end(err error) error {
	for err == nil {
		var b []byte
		if b, err = t.src.r.Peek(1); len(b) > 0 {
			b, _ = t.src.r.Peek(t.src.r.Buffered())
			for _, c := range b {
				if c != 0 {
					return &CorruptError{Reason: "data follow the end of the archive (was it joined from several? unpack and pack it again)"}
				}
			}
			_, _ = t.src.r.Discard(len(b)) // it is in the buffer
		}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && t.src.s.codec == "" {
		return io.EOF
	}
	return t.fault(err)
}

// fault makes an error of the archive's content a CorruptError.
func (t *tarReader) fault(err error) error {
	var c *CorruptError
	switch {
	case errors.As(err, &c), t.src.s.src.err != nil:
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &CorruptError{Reason: "truncated archive"}
	}
	if t.header > 0 {
		return &CorruptError{Reason: "damaged archive", Err: err}
	}
	head := make([]byte, magicBytes)
	n, _ := t.src.s.src.ReadAt(head, 0)
	if is := magic(head[:n]); is != "" && t.src.s.codec == "" {
		return &CorruptError{Reason: "is " + is + ", not a tar archive"}
	}
	return &CorruptError{Reason: "is no tar archive", Err: err}
}

// tarSource is an archive's content with the place in it.
type tarSource struct {
	s    *stream
	r    *bufio.Reader
	pos  int64
	size int64 // of an archive that is not compressed
}

// Read implements io.Reader.
func (c *tarSource) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.pos += int64(n)
	return n, err
}

// skipTo goes on to a later place: it seeks where it can.
func (c *tarSource) skipTo(pos int64) error {
	n := pos - c.pos
	if c.s.codec == "" && n > int64(c.r.Buffered()) {
		c.pos = pos
		c.r.Reset(io.NewSectionReader(c.s.src, pos, max(0, c.size-pos)))
		return nil
	}
	for n > 0 {
		got, err := c.r.Discard(int(min(n, math.MaxInt32)))
		c.pos += int64(got)
		n -= int64(got)
		if err != nil {
			return err
		}
	}
	return nil
}
