package records

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// line is one line of a file without its end (\n or \r\n).
type line struct {
	text   []byte // valid until the next line; cut when over
	offset int64  // of its first byte
	number int64  // from 1
	blank  bool   // spaces, tabs and carriage returns only
	over   bool   // longer than the scanner's limit
}

// lineScanner reads lines of any length in bounded memory.
type lineScanner struct {
	r      *bufio.Reader
	limit  int   // most bytes of text kept of a line
	offset int64 // of the next line
	number int64 // of the next line
	long   []byte
	err    error // found while looking for a byte order mark
}

// readBuffer is the size of the reads; a line that fits is not copied.
const readBuffer = 64 << 10

// byteOrderMark may open a UTF-8 file and belongs to no record.
const byteOrderMark = "\xef\xbb\xbf"

// newLineScanner scans r, which begins at the mark.
func newLineScanner(r io.Reader, from Mark, limit, buffer int) *lineScanner {
	s := &lineScanner{r: bufio.NewReaderSize(r, buffer), limit: limit, offset: from.Offset, number: from.Line}
	if s.offset == 0 {
		b, err := s.r.Peek(len(byteOrderMark))
		if !errors.Is(err, io.EOF) { // a file may be shorter
			s.err = err
		}
		if string(b) == byteOrderMark {
			_, _ = s.r.Discard(len(b)) // the bytes were just peeked
			s.offset += int64(len(b))
		}
	}
	return s
}

// next returns the next line, or io.EOF after the last. The last line counts
// with or without its end, but not when it is empty.
func (s *lineScanner) next() (line, error) {
	l := line{offset: s.offset, number: s.number}
	if s.err != nil {
		return l, s.err
	}
	text, err := s.r.ReadSlice('\n')
	s.offset += int64(len(text))
	blank := isBlank(text)
	if errors.Is(err, bufio.ErrBufferFull) {
		s.long = s.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) {
			s.keep(text)
			text, err = s.r.ReadSlice('\n')
			s.offset += int64(len(text))
			blank = blank && isBlank(text)
		}
		s.keep(text)
		text = s.long
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return l, err
	}
	if s.offset == l.offset {
		return l, io.EOF
	}
	s.number++
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	l.text, l.blank, l.over = text, blank, len(text) > s.limit
	return l, nil
}

// keep appends to long no more than it takes to know that the limit is passed:
// one byte too many after a line's end of two.
func (s *lineScanner) keep(b []byte) {
	room := s.limit + 3 - len(s.long)
	s.long = append(s.long, b[:min(room, len(b))]...)
}

func isBlank(b []byte) bool {
	for _, c := range b {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}
