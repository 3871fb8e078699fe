package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"

	"leveler/internal/npy"
)

// matrix is the rows of a file of vectors.
type matrix interface {
	rows() int64
	dim() int
	// read reads len(dst)/dim rows from a row on. When streamed, rows are read in
	// ascending order only.
	read(dst []float32, first int64) error
	streamed() bool
}

// openMatrix opens a file of vectors by its format.
func openMatrix(src *tracked, f File, o Options) (matrix, error) {
	switch o.Format {
	case FormatNPZ:
		return openNPZ(src, o)
	case FormatVecs:
		return openVecs(src, f.Path)
	}
	m, err := npy.OpenMatrix(src, src.Size())
	if err != nil {
		return nil, npyFault(src, err)
	}
	return npyMatrix{m: m}, nil
}

// npyFault makes a fault of an array a CorruptError, unless storage is to blame.
func npyFault(src *tracked, err error) error { return src.corrupt(err.Error(), nil) }

// npyMatrix is an array of an .npy or .npz file.
type npyMatrix struct {
	m      *npy.Matrix
	stream bool
}

func (m npyMatrix) rows() int64                           { return m.m.Rows() }
func (m npyMatrix) dim() int                              { return m.m.Dim() }
func (m npyMatrix) streamed() bool                        { return m.stream }
func (m npyMatrix) read(dst []float32, first int64) error { return m.m.ReadRows(dst, first, nil) }

// blockBytes is about how much of a matrix is read at a time.
const blockBytes = 1 << 20

// scanMatrix makes the rows of a file of vectors frames, with the ids of the
// table beside it where an id field is given.
func scanMatrix(in Input, f File, from Mark, o Options, data bool, visit visitor) error {
	src := &tracked{in: in}
	m, err := openMatrix(src, f, o)
	if err != nil {
		return err
	}
	var ids *idReader
	if o.IDField != "" {
		if ids, err = openIDs(f, o, m.rows(), from.Row, data); err != nil {
			return err
		}
		defer ids.close()
	}
	if size := 4 * m.dim(); size > o.MaxRecordBytes {
		return &CorruptError{Reason: fmt.Sprintf("has %d columns, %d bytes a row; larger than max_record_bytes (%d)", m.dim(), size, o.MaxRecordBytes)}
	}
	if !data {
		for i := range m.rows() {
			if err := visit(&frame{streamed: m.streamed() && i > 0}); err != nil {
				return err
			}
		}
		return nil
	}
	per := max(1, blockBytes/(4*m.dim()))
	if m.streamed() {
		per = 1 // so that damage costs the same rows wherever a range begins
	}
	block := make([]float32, per*m.dim())
	for row := from.Row; row < m.rows(); row += int64(per) {
		n := int(min(int64(per), m.rows()-row))
		if err := m.read(block[:n*m.dim()], row); err != nil {
			return lostRows(m.rows()-row, src.corrupt("damaged or truncated array", errors.Unwrap(err)), visit)
		}
		for i := range n {
			fr := frame{text: littleEndian(block[i*m.dim() : (i+1)*m.dim()])}
			if ids != nil {
				if err := ids.next(&fr, o); err != nil {
					return err
				}
			}
			if err := visit(&fr); err != nil {
				return err
			}
		}
	}
	return nil
}

// lostRows makes each of the rows that are left a bad one: the header has said how
// many there are.
func lostRows(n int64, err error, visit visitor) error {
	if c := (*CorruptError)(nil); !errors.As(err, &c) {
		return err
	}
	for range n {
		if verr := visit(&frame{bad: err.Error()}); verr != nil {
			return verr
		}
	}
	return nil
}

// littleEndian are the bytes of floats, in their own memory where the machine has
// them in that order.
func littleEndian(x []float32) []byte {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return b
	}
	out := make([]byte, 0, len(b))
	for _, v := range x {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}
