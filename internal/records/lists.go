package records

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/npy"
)

// lists goes through a column of lists of floats, a list at a time: as the library's
// values, one by one, they take five times as long.
type lists struct {
	chunk
	repetition, definition []byte // levels: what is left of the page
	plain                  []float32
	value                  func(i int) float32 // where the page is not plain float32
	at                     int                 // the page's next value; nulls are none
}

// fill goes to the next page with anything in it; io.EOF after the last.
func (l *lists) fill() error {
	return l.t.Guard(func() error {
		for len(l.repetition) == 0 {
			if err := l.next(); err != nil {
				return err
			}
			l.repetition, l.definition, l.at = l.page.RepetitionLevels(), l.page.DefinitionLevels(), 0
			if len(l.repetition) != len(l.definition) {
				return fmt.Errorf("a page of %d and %d levels", len(l.repetition), len(l.definition))
			}
			n, err := l.floats()
			if err != nil {
				return err
			}
			if need := l.present(len(l.definition)); need > n {
				return fmt.Errorf("a page of %d values where %d should be", n, need)
			}
		}
		return nil
	})
}

// present is how many of the next n places have a value.
func (l *lists) present(n int) int {
	return bytes.Count(l.definition[:n], []byte{byte(l.column.MaxDefinitionLevel())})
}

// floats finds the values of the page, and how many there are.
func (l *lists) floats() (n int, err error) {
	data := l.page.Data()
	var index []int32
	d := l.page.Dictionary()
	if d != nil {
		index, data = data.Int32(), d.Page().Data()
	}
	l.plain = nil
	switch l.column.Type().Kind() {
	case parquet.Float:
		x := data.Float()
		n, l.plain, l.value = len(x), x, func(i int) float32 { return x[i] }
	case parquet.Double:
		x := data.Double()
		n, l.value = len(x), func(i int) float32 { return float32(x[i]) }
	default:
		x, size := data.FixedLenByteArray()
		if size != 2 {
			return 0, fmt.Errorf("floats of %d bytes", size)
		}
		n, l.value = len(x)/2, func(i int) float32 { return npy.FromHalf(binary.LittleEndian.Uint16(x[2*i:])) }
	}
	if d == nil {
		return n, nil
	}
	for _, i := range index {
		if uint64(i) >= uint64(n) { // negative ones too
			return 0, fmt.Errorf("value %d of a dictionary of %d", i, n)
		}
	}
	word := l.value
	l.plain, l.value = nil, func(i int) float32 { return word(int(index[i])) }
	return len(index), nil
}

// vector appends one list as little-endian float32; float64 rounds to the nearest. A
// list may go on in the page that follows.
func (l *lists) vector(dst []byte, o Options) (out []byte, reason string, err error) {
	for first := true; ; first = false {
		if len(l.repetition) == 0 {
			switch err := l.fill(); {
			case errors.Is(err, io.EOF) && !first:
				return dst, reason, nil // the row group's last list
			case err != nil:
				return dst, "", l.early(err)
			}
		}
		n := len(l.repetition)
		from := 0
		if first { // it begins here, whatever its level
			from = 1
		}
		end := bytes.IndexByte(l.repetition[from:], 0)
		if end >= 0 {
			n = from + end
		}
		if n > 0 {
			var why string
			dst, why = l.part(dst, n, o)
			reason = cmp.Or(why, reason)
		}
		if end >= 0 {
			return dst, reason, nil
		}
	}
}

// part appends the values of the next n places, all of one list.
func (l *lists) part(dst []byte, n int, o Options) (out []byte, reason string) {
	present := l.present(n)
	keep := min(present, (o.MaxRecordBytes-len(dst))/4)
	switch deepest := l.column.MaxDefinitionLevel(); {
	case keep < present:
		reason = fmt.Sprintf("is larger than max_record_bytes (%d)", o.MaxRecordBytes)
	case present == n:
	case l.column.Optional() && bytes.IndexByte(l.definition[:n], byte(deepest-1)) >= 0:
		reason = "has a null in its list"
	default:
		reason = "is null or an empty list"
	}
	if l.plain != nil {
		dst = append(dst, littleEndian(l.plain[l.at:l.at+keep])...)
	} else {
		for i := l.at; i < l.at+keep; i++ {
			dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(l.value(i)))
		}
	}
	l.at += present
	l.repetition, l.definition = l.repetition[n:], l.definition[n:]
	return dst, reason
}
