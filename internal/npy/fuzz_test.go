package npy

import (
	"bytes"
	"testing"
)

// FuzzOpenMatrix: whatever the bytes, no panic and no more memory than the file
// warrants; what opens can be read to its last row.
func FuzzOpenMatrix(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(golden[:len(golden)-4]))
	f.Add(file("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", nil))
	f.Add(file("{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (2,), }", nil))
	f.Add(file("{'descr': '>f2', 'fortran_order': True, 'shape': (1, 3), }", make([]byte, 6)))
	f.Add(file("{'descr': '<U0', 'fortran_order': False, 'shape': (9223372036854775807, 1, 0, 3), }", nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		size := int64(len(b))
		_, _ = ReadInt64s(bytes.NewReader(b), size)
		m, err := open(b)
		if err != nil {
			return
		}
		if m.Rows() < 1 || m.Dim() < 1 || m.Rows()*int64(m.Dim())*int64(m.header.ItemSize) >= size {
			t.Fatalf("%d x %d of %s in %d bytes", m.Rows(), m.Dim(), m.Dtype(), size)
		}
		row := make([]float32, m.Dim())
		if err := m.ReadRows(row, m.Rows()-1, nil); err != nil {
			t.Fatal(err)
		}
	})
}
