package records

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// scanTar makes the members of each key of a WebDataset one frame. A key is a
// member's name up to the first dot of its base name, and its members follow
// one another.
//
// Names are ids only, never paths: "../../x.jpg" is a key like any other.
func scanTar(in Input, f File, from Mark, o Options, data bool, visit visitor) error {
	t, err := openTar(in, f, from, o)
	if err != nil {
		return err
	}
	defer t.close()
	s := tarScan{o: o, data: data, visit: visit, streamed: t.streamed()}
	for {
		h, err := t.next()
		if errors.Is(err, io.EOF) {
			return s.flush()
		}
		if err != nil {
			return s.damaged(t, err)
		}
		key, ext, skip := splitMember(h)
		t.foreign = skip != ""
		if skip != "" {
			err = visit(&frame{skipped: skip})
		} else {
			err = s.member(t, h, key, ext)
		}
		if err == nil {
			err = t.cut
		}
		if err != nil {
			return s.damaged(t, err)
		}
	}
}

// tarScan gathers the members of one key.
type tarScan struct {
	o        Options
	data     bool
	streamed bool
	visit    visitor

	begun bool
	found string // the item's extension
	f     frame
	buf   []byte
}

func (s *tarScan) member(t *tarReader, h *tar.Header, key, ext string) error {
	if !s.begun || s.f.id != key {
		if err := s.flush(); err != nil {
			return err
		}
		s.begun, s.found = true, ""
		s.f = frame{id: key, offset: t.header, streamed: s.streamed}
	}
	switch {
	case t.cut != nil, !slices.Contains(s.o.ItemExt, ext):
		return nil //nolint:nilerr // a cut member is kept as its key's fault
	case s.found != "":
		s.f.text, s.f.bad = nil, fmt.Sprintf("has two items: .%s and .%s; say which by item_ext", s.found, ext)
		return nil
	}
	s.found = ext
	if !s.data {
		return nil
	}
	if h.Size > int64(s.o.MaxRecordBytes) {
		s.f.tooLarge(s.o)
		return nil
	}
	var err error
	if s.buf, err = readInto(s.buf, t, int(h.Size)); err != nil {
		return t.fault(err)
	}
	s.f.text = s.buf
	if ext == "json" {
		decodeJSON(&s.f, Options{TextField: s.o.TextField, MinChars: 1})
		s.f.id, s.f.short = key, false
	}
	if s.f.bad == "" {
		s.f.checkItem(s.o)
	}
	return nil
}

// readInto reads n bytes into buf, which grows as they come: a header may
// promise what the archive does not hold.
func readInto(buf []byte, r io.Reader, n int) ([]byte, error) {
	buf = buf[:0]
	for len(buf) < n {
		step := min(n-len(buf), max(readBuffer, len(buf)))
		buf = slices.Grow(buf, step)
		got, err := io.ReadFull(r, buf[len(buf):len(buf)+step])
		buf = buf[:len(buf)+got]
		if err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// flush ends the key's frame.
func (s *tarScan) flush() error {
	if !s.begun {
		return nil
	}
	s.begun = false
	if s.found == "" {
		s.f.bad = "has no member with the extension " + orList(s.o.ItemExt)
	}
	return s.visit(&s.f)
}

// damaged ends the scan. A key whose members so far are whole is a row; the one
// in which the damage lies is lost.
func (s *tarScan) damaged(t *tarReader, err error) error {
	c := (*CorruptError)(nil)
	if !errors.As(err, &c) {
		return err
	}
	c.Offset = t.header
	switch {
	case !s.begun:
	case t.atHeader, t.foreign:
		if err := s.flush(); err != nil {
			return err
		}
	default:
		c.Reason += fmt.Sprintf(" (in key %q)", shorten(s.f.id))
	}
	return err
}

// shorten cuts an id for a message.
func shorten(id string) string {
	if len(id) > 100 {
		return strings.ToValidUTF8(id[:100], "") + "…"
	}
	return id
}

// splitMember returns the key and the extension of a member, or what it is when
// it belongs to no key.
func splitMember(h *tar.Header) (key, ext, skip string) {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeRegA, tar.TypeCont: //nolint:staticcheck // RegA is what old archives hold
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return "", "", "folder"
	case tar.TypeSymlink:
		return "", "", "symbolic link"
	case tar.TypeLink:
		return "", "", "hard link"
	default:
		return "", "", "device or pipe"
	}
	name := strings.ToValidUTF8(h.Name, "\ufffd")
	dir, base := path.Split(name)
	stem, ext, dotted := strings.Cut(base, ".")
	if !dotted || stem == "" {
		return "", "", "member without key or extension"
	}
	return dir + stem, strings.ToLower(ext), ""
}
