package write

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"leveler/internal/npy"
)

// List writes one file that lists the selection.
type List interface {
	// Write appends rows, which come in row order.
	Write(rows []Row) error
	// Close finishes the file.
	Close() error
}

// Shape is what a list must know before its first row.
type Shape struct {
	Levels int
	Copies int64 // rows of the selection, each counted as often as it was taken
}

// lists are the files that list the selection, by the format's name.
var lists = map[string]struct {
	file string
	open func(io.Writer, Shape) (List, error)
}{
	"npy":     {"indices.npy", newIndices},
	"parquet": {"selection.parquet", func(w io.Writer, s Shape) (List, error) { return NewWriter(w, s.Levels), nil }},
	"ids":     {"ids.txt", func(w io.Writer, _ Shape) (List, error) { return &idList{bufio.NewWriter(w)}, nil }},
	"jsonl":   {"selection.jsonl", func(w io.Writer, _ Shape) (List, error) { return &jsonList{bufio.NewWriter(w)}, nil }},
}

// ListFile is the name of the file of a format; "" when the format is no list.
func ListFile(format string) string { return lists[format].file }

// NewList starts the file of a format.
func NewList(format string, w io.Writer, s Shape) (List, error) { return lists[format].open(w, s) }

// indices writes the row numbers, ascending, each as often as it was taken.
type indices struct {
	w *npy.Writer
	v []int64
}

func newIndices(w io.Writer, s Shape) (List, error) {
	nw, err := npy.NewWriter(w, "<i8", s.Copies)
	return &indices{w: nw}, err
}

// Write implements List.
func (l *indices) Write(rows []Row) error {
	l.v = l.v[:0]
	for _, r := range rows {
		for range r.Copies {
			l.v = append(l.v, r.Row)
		}
	}
	return l.w.WriteInt64s(l.v)
}

// Close implements List.
func (l *indices) Close() error { return l.w.Close() }

// idList writes an id a line, as often as the row was taken.
type idList struct{ w *bufio.Writer }

// Write implements List.
func (l *idList) Write(rows []Row) error {
	for _, r := range rows {
		line, err := IDLine(r.ID)
		if err != nil {
			return fmt.Errorf("row %d: %w", r.Row, err)
		}
		for range r.Copies {
			if _, err := l.w.WriteString(line + "\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close implements List.
func (l *idList) Close() error { return l.w.Flush() }

// IDLine is an id as it stands in ids.txt: itself, or a JSON string where it has
// a line break or begins with a quotation mark. So a line that begins with one
// is a JSON string, and every other line is the id.
func IDLine(id string) (string, error) {
	if !strings.ContainsAny(id, "\n\r") && !strings.HasPrefix(id, `"`) {
		return id, nil
	}
	b, err := json.Marshal(id)
	return string(b), err
}

// jsonList writes an object a row, with its number of copies.
type jsonList struct{ w *bufio.Writer }

// Write implements List.
func (l *jsonList) Write(rows []Row) error {
	for _, r := range rows {
		b, err := r.JSON()
		if err == nil {
			_, err = l.w.Write(append(b, '\n'))
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", r.Row, err)
		}
	}
	return nil
}

// Close implements List.
func (l *jsonList) Close() error { return l.w.Flush() }

// JSON is a row as a JSON object, with the names and the order of selection.parquet.
func (r Row) JSON() ([]byte, error) {
	id, errID := json.Marshal(r.ID)
	source, errSource := json.Marshal(r.Source)
	if err := errors.Join(errID, errSource); err != nil {
		return nil, err
	}
	b := fmt.Appendf(nil, `{"row": %d, "id": %s, "source": %s`, r.Row, id, source)
	for i, c := range r.Levels {
		b = fmt.Appendf(b, `, "level_%d": %d`, i+1, c)
	}
	b = append(b, `, "distance": `...)
	b = strconv.AppendFloat(b, float64(r.Distance), 'g', -1, 32)
	b = fmt.Appendf(b, `, "copies": %d, "inclusion_probability": `, r.Copies)
	if r.Probability == nil {
		return append(b, "null}"...), nil
	}
	return append(strconv.AppendFloat(b, *r.Probability, 'g', -1, 64), '}'), nil
}
