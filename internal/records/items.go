package records

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Member is one file of an item.
type Member struct {
	Name string // as the archive has it: never a path to write to, see [SafeName]
	Data []byte
}

// maxItemBytes is the most bytes of an item with all its members.
const maxItemBytes = 1 << 30

// ReadItems calls emit with the complete items of some rows of a range, as the
// file has them: every member of an archive's key; the line of JSONL; a text, a
// picture or a sound under the file's name. rows are positions in the file,
// ascending, all in the range. Members are valid only until emit returns, whose
// error is returned as it is. Tables and matrices
// have positions, no items: it panics there.
func ReadItems(in Input, f File, rg Range, rows []int64, o Options, emit func(row int64, members []Member) error) error {
	o = mustValid(o)
	if o.readsAnyRow() {
		panic("records: ReadItems of " + o.Format)
	}
	if len(rows) == 0 {
		return nil
	}
	wanted := func(row int64) bool {
		if len(rows) == 0 || rows[0] != row {
			return false
		}
		rows = rows[1:]
		return true
	}
	var err error
	if o.Format == FormatWebDataset {
		err = archiveItems(in, f, rg.Mark, o, wanted, func() bool { return len(rows) == 0 }, emit)
	} else {
		row := rg.Mark.Row
		err = f.scan(in, rg.Mark, o, true, func(fr *frame) error {
			if fr.short {
				return nil
			}
			row++
			if !wanted(row - 1) {
				return nil
			}
			m := Member{Name: f.Name, Data: fr.text}
			if fr.raw != nil {
				m.Data = fr.raw
			}
			if err := emit(row-1, []Member{m}); err != nil {
				return err
			}
			if len(rows) == 0 {
				return errStop
			}
			return nil
		})
	}
	switch {
	case errors.Is(err, errStop):
		return nil
	case err == nil && len(rows) > 0:
		return fmt.Errorf("%s: changed since it was indexed: it ends before row %d", f.Path, rows[0])
	}
	return err
}

// archiveItems gathers the members of the keys that are wanted.
func archiveItems(in Input, f File, from Mark, o Options, wanted func(row int64) bool, done func() bool, emit func(row int64, members []Member) error) error {
	t, err := openTar(in, f, from, o)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	defer t.close()
	row, begun, key := from.Row-1, false, ""
	take, size := false, int64(0)
	var members []Member
	flush := func() error {
		if !take {
			return nil
		}
		take = false
		if err := emit(row, members); err != nil {
			return err
		}
		if done() {
			return errStop
		}
		return nil
	}
	for {
		h, err := t.next()
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			// The key before is whole where the damage is in a header.
			if ferr := flush(); ferr != nil {
				return ferr
			}
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		k, _, skip := splitMember(h)
		if skip != "" {
			continue
		}
		if !begun || k != key {
			if err := flush(); err != nil {
				return err
			}
			row, begun, key = row+1, true, k
			take, size, members = wanted(row), 0, members[:0]
		}
		if !take {
			continue
		}
		if size += h.Size; size > maxItemBytes || t.cut != nil {
			return fmt.Errorf("%s: key %q has %d bytes or more; at most %d can be copied, and none of a truncated archive", f.Path, shorten(key), size, maxItemBytes)
		}
		data, err := readInto(nil, t, int(h.Size))
		if err != nil {
			return fmt.Errorf("%s: key %q: %w", f.Path, shorten(key), err)
		}
		members = append(members, Member{Name: h.Name, Data: data})
	}
}

// SafeName turns a name from the data into one that can be written below a
// folder: no step leads out of it, no part is absolute, hidden or empty, and no
// character means something to a shell or a file system.
func SafeName(name string) string {
	clean := func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"|?*`, r) {
			return '_'
		}
		return r
	}
	name = strings.Map(clean, strings.ToValidUTF8(name, "_"))
	var parts []string
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part = strings.Trim(part, ". "); part != "" {
			parts = append(parts, strings.ToValidUTF8(part[:min(len(part), maxNameBytes)], ""))
		}
	}
	if len(parts) == 0 {
		return "_"
	}
	return strings.Join(parts, "/")
}

// maxNameBytes is what file systems take of one name, less room for an extension.
const maxNameBytes = 200
