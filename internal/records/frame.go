package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// frame is a record before it has a number: what both passes are made of.
type frame struct {
	offset int64
	line   int64
	text   []byte
	raw    []byte // the line, where text is only a part of it
	id     string // from the data, where they have one
	bad    string
	short  bool // fewer than MinChars characters: no row

	streamed  bool   // no scan can begin here
	unit      bool   // a scan should begin here: it would read all of the unit anyway
	skipped   string // a member that is no row, and what it is
	wholeFile bool   // without an id it has the file's name
}

// errStop ends a scan early without an error.
var errStop = errors.New("records: stop")

// visitor takes the frames of a scan, which may use the frame again.
type visitor func(*frame) error

// scan calls visit with the frames of a file from a mark on; with data false only
// those of text have any. Damage is the last frame.
func (f File) scan(in Input, from Mark, o Options, data bool, visit visitor) error {
	err := scanners[o.Format](in, f, from, o, data, visit)
	if c := (*CorruptError)(nil); errors.As(err, &c) {
		err = visit(&frame{offset: c.Offset, line: c.Line, bad: c.Error() + "; the rest of the file cannot be read", wholeFile: true, streamed: true})
	}
	return err
}

// scanners are the formats by name.
var scanners = map[string]func(in Input, f File, from Mark, o Options, data bool, visit visitor) error{
	FormatText:       scanText,
	FormatJSONL:      scanText,
	FormatImages:     scanFile,
	FormatAudio:      scanFile,
	FormatWebDataset: scanTar,
	FormatParquet:    scanParquet,
	FormatNPY:        scanMatrix,
	FormatNPZ:        scanMatrix,
	FormatVecs:       scanMatrix,
}

// scanText reads text and JSONL.
func scanText(in Input, f File, from Mark, o Options, _ bool, visit visitor) error {
	st, err := openStream(in, f, from.Offset, o)
	if err != nil {
		return atLine(err, from.Line)
	}
	defer st.close()
	s := newLineScanner(st, from, o.MaxRecordBytes, st.buffer)
	inStream := func(fr *frame) error {
		fr.streamed = st.codec != ""
		return visit(fr)
	}
	switch {
	case o.Format == FormatJSONL:
		err = scanLines(s, o, decodeJSON, inStream)
	case o.Split == SplitLine:
		err = scanLines(s, o, checkText, inStream)
	default:
		err = scanBlocks(s, o, inStream)
	}
	if err != nil && !errors.Is(err, errStop) && !errors.Is(err, errVisit) {
		return atLine(err, s.number)
	}
	return err
}

// atLine says in an error where it was found.
func atLine(err error, line int64) error {
	if c := (*CorruptError)(nil); errors.As(err, &c) {
		c.Line = line
		return c
	}
	return fmt.Errorf("line %d: %w", line, err)
}

// scanLines makes each line that is not blank a frame.
func scanLines(s *lineScanner, o Options, decode func(*frame, Options), visit visitor) error {
	var f frame // one for all: it escapes through visit
	for {
		l, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if l.blank {
			continue
		}
		f = frame{offset: l.offset, line: l.number, text: l.text}
		if l.over {
			f.tooLarge(o)
		} else {
			decode(&f, o)
		}
		if err := visit(&f); err != nil {
			return err
		}
	}
}

// scanBlocks makes each paragraph, or the whole file, a frame.
func scanBlocks(s *lineScanner, o Options, visit visitor) error {
	b := block{limit: o.MaxRecordBytes}
	var f frame
	end := func() error {
		if !b.begun {
			return nil
		}
		f = frame{offset: b.offset, line: b.line, text: b.text, wholeFile: o.Split == SplitFile}
		if b.over {
			f.tooLarge(o)
		} else {
			checkText(&f, o)
		}
		b.begun = false
		return visit(&f)
	}
	for {
		l, err := s.next()
		if errors.Is(err, io.EOF) {
			return end()
		}
		if err != nil {
			return err
		}
		switch {
		case !l.blank:
			b.add(l)
		case o.Split == SplitParagraph:
			if err := end(); err != nil {
				return err
			}
		case b.begun:
			b.gap++ // kept as an empty line if another line follows
		}
	}
}

// block is a record of several lines in the making.
type block struct {
	limit  int
	begun  bool
	over   bool
	offset int64
	line   int64
	gap    int // blank lines since the last other one
	text   []byte
}

func (b *block) add(l line) {
	if !b.begun {
		*b = block{limit: b.limit, begun: true, offset: l.offset, line: l.number, text: b.text[:0]}
	} else {
		b.gap++ // the end of the line before
	}
	if b.over || l.over || len(l.text) > b.limit-len(b.text)-b.gap {
		b.over = true
		return
	}
	for ; b.gap > 0; b.gap-- {
		b.text = append(b.text, '\n')
	}
	b.text = append(b.text, l.text...)
}

// tooLarge makes the frame a bad row for its size.
func (f *frame) tooLarge(o Options) {
	f.text, f.bad = nil, fmt.Sprintf("is larger than max_record_bytes (%d)", o.MaxRecordBytes)
}

// checkText looks at a text's length and makes it a bad row when it is no text.
func checkText(f *frame, o Options) {
	f.short = tooShort(f.text, o.MinChars)
	if i := bytes.IndexByte(f.text, 0); i >= 0 {
		f.text, f.bad = nil, fmt.Sprintf("is not text: NUL at byte %d", i)
	} else if i := invalidUTF8(f.text); i >= 0 {
		f.text, f.bad = nil, fmt.Sprintf("is not UTF-8: byte %d is %#02x", i, f.text[i])
	}
}

// tooShort is whether text has fewer than n characters between its outer blanks.
func tooShort(text []byte, n int) bool {
	text = bytes.Trim(text, " \t\r\n")
	return len(text) < n || len(text) < n*utf8.UTFMax && utf8.RuneCount(text) < n
}

// invalidUTF8 returns the position of the first byte that is not UTF-8, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
