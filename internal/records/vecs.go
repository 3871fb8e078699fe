package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"
)

// vecs is a file of the fvecs family: each vector begins with its dimension, an
// int32, and goes on with float32 (.fvecs), uint8 (.bvecs) or int32 (.ivecs), all
// little-endian.
type vecs struct {
	src  *tracked
	n    int64
	d    int
	size int  // of a value
	ints bool // which are int32
	buf  []byte
}

// maxVecsDim bounds the dimension, so that another kind of file is not taken for
// one of a huge one.
const maxVecsDim = 1 << 20

// vecsSize is the size of a value by the end of a file's name.
var vecsSize = map[string]int{".fvecs": 4, ".ivecs": 4, ".bvecs": 1}

func openVecs(src *tracked, name string) (*vecs, error) {
	ext := strings.ToLower(path.Ext(name))
	v := &vecs{src: src, size: vecsSize[ext], ints: ext == ".ivecs"}
	if v.size == 0 {
		return nil, &CorruptError{Reason: "is no .fvecs, .bvecs or .ivecs file by its name"}
	}
	var head [4]byte
	if n, err := src.ReadAt(head[:], 0); n < len(head) {
		if errors.Is(err, io.EOF) {
			return nil, &CorruptError{Reason: fmt.Sprintf("is no file of vectors: it has %d bytes", src.Size())}
		}
		return nil, err
	}
	d := int32(binary.LittleEndian.Uint32(head[:]))
	if d < 1 || d > maxVecsDim {
		return nil, &CorruptError{Reason: fmt.Sprintf("is no file of vectors: it begins with the dimension %d", d)}
	}
	v.d = int(d)
	v.n = src.Size() / v.stride()
	if rest := src.Size() % v.stride(); rest != 0 {
		return nil, &CorruptError{Reason: fmt.Sprintf("is truncated, or its vectors are not all of dimension %d: %d bytes are left after %d vectors", d, rest, v.n)}
	}
	return v, nil
}

func (v *vecs) stride() int64  { return int64(4 + v.d*v.size) }
func (v *vecs) rows() int64    { return v.n }
func (v *vecs) dim() int       { return v.d }
func (v *vecs) streamed() bool { return false }

// read implements matrix. A vector of another dimension is a row of NaN, which
// cannot be used; where the next one begins is known all the same.
func (v *vecs) read(dst []float32, first int64) error {
	n := len(dst) / v.d
	size := n * int(v.stride())
	if cap(v.buf) < size {
		v.buf = make([]byte, size)
	}
	b := v.buf[:size]
	if got, err := v.src.ReadAt(b, first*v.stride()); got < size {
		return fmt.Errorf("read rows %d on: %w", first, err)
	}
	for i := range n {
		row, raw := dst[i*v.d:(i+1)*v.d], b[i*int(v.stride()):]
		if int32(binary.LittleEndian.Uint32(raw)) != int32(v.d) {
			for j := range row {
				row[j] = float32(math.NaN())
			}
			continue
		}
		raw = raw[4:]
		for j := range row {
			switch {
			case v.size == 1:
				row[j] = float32(raw[j])
			case v.ints:
				row[j] = float32(int32(binary.LittleEndian.Uint32(raw[4*j:])))
			default:
				row[j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*j:]))
			}
		}
	}
	return nil
}
