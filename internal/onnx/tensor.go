package onnx

import (
	"fmt"
	"unsafe"

	"leveler/internal/npy"
)

// Type is the type of a tensor's elements, with ONNX's numbers.
type Type int32

// The types that models for embeddings use.
const (
	Float32 Type = 1
	Int32   Type = 6
	Int64   Type = 7
	Bool    Type = 9
	Float16 Type = 10
	Float64 Type = 11
)

var typeNames = map[Type]string{
	Float32: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", Int32: "int32", Int64: "int64", 8: "string",
	Bool: "bool", Float16: "float16", Float64: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16",
}

// String returns the type's usual name.
func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("type %d", int32(t))
}

// Tensor is an input of a run: one of its slices has the elements, row by row.
type Tensor struct {
	Name    string
	Shape   []int64
	Int32   []int32
	Int64   []int64
	Float32 []float32
	Float16 []uint16
}

// value makes the runtime's view of the tensor, which is valid while pin is.
func (t Tensor) value(l *Library, pin *pinner) (uintptr, error) {
	n := int64(1)
	for _, d := range t.Shape {
		n *= d
	}
	var typ Type
	var data uintptr
	var have, size int
	switch {
	case t.Int64 != nil:
		typ, data, have, size = Int64, slice(pin, t.Int64), len(t.Int64), 8
	case t.Int32 != nil:
		typ, data, have, size = Int32, slice(pin, t.Int32), len(t.Int32), 4
	case t.Float16 != nil:
		typ, data, have, size = Float16, slice(pin, t.Float16), len(t.Float16), 2
	default:
		typ, data, have, size = Float32, slice(pin, t.Float32), len(t.Float32), 4
	}
	if int64(have) != n {
		return 0, fmt.Errorf("input %s: %d elements for the shape %v", t.Name, have, t.Shape)
	}
	out, outAt := pin.word()
	err := l.call(createTensorWithDataAsOrtValue, l.memory, data, uintptr(have*size),
		slice(pin, t.Shape), uintptr(len(t.Shape)), uintptr(typ), outAt)
	return *out, err
}

// Run runs the model and returns one output, converted to float32, with its shape.
func (s *Session) Run(inputs []Tensor, output string) ([]float32, []int64, error) {
	x, shape, err := s.run(inputs, output)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.path, err)
	}
	return x, shape, nil
}

func (s *Session) run(inputs []Tensor, output string) ([]float32, []int64, error) {
	l := s.lib
	var pin pinner
	defer pin.Unpin()
	names := make([]uintptr, len(inputs))
	values := make([]uintptr, len(inputs))
	defer func() {
		for _, v := range values {
			l.release(releaseValue, v)
		}
	}()
	for i, t := range inputs {
		names[i] = pin.string(t.Name)
		var err error
		if values[i], err = t.value(l, &pin); err != nil {
			return nil, nil, err
		}
	}
	outNames := []uintptr{pin.string(output)}
	out, outAt := pin.word()
	if err := l.call(run, s.handle, 0, slice(&pin, names), slice(&pin, values), uintptr(len(inputs)),
		slice(&pin, outNames), 1, outAt); err != nil {
		return nil, nil, err
	}
	defer l.release(releaseValue, *out)
	return l.read(*out, output)
}

// read copies a tensor's elements.
func (l *Library) read(value uintptr, name string) ([]float32, []int64, error) {
	var pin pinner
	defer pin.Unpin()
	is := new(int32)
	pin.Pin(is)
	if err := l.call(isTensor, value, uintptr(unsafe.Pointer(is))); err != nil {
		return nil, nil, err
	}
	if *is == 0 {
		return nil, nil, fmt.Errorf("output %s is no tensor", name)
	}
	info, infoAt := pin.word()
	if err := l.call(getTensorTypeAndShape, value, infoAt); err != nil {
		return nil, nil, err
	}
	defer l.release(releaseTensorTypeAndShapeInfo, *info)
	typ, shape, err := l.shape(*info)
	if err != nil {
		return nil, nil, err
	}
	n := 1
	for _, d := range shape {
		n *= int(d)
	}
	x := make([]float32, n)
	if n == 0 {
		return x, shape, nil
	}
	data, dataAt := pin.word()
	if err := l.call(getTensorMutableData, value, dataAt); err != nil {
		return nil, nil, err
	}
	switch p := memory(*data); typ {
	case Float32:
		copy(x, unsafe.Slice((*float32)(p), n))
	case Float64:
		for i, v := range unsafe.Slice((*float64)(p), n) {
			x[i] = float32(v)
		}
	case Float16:
		for i, v := range unsafe.Slice((*uint16)(p), n) {
			x[i] = npy.FromHalf(v)
		}
	default:
		return nil, nil, fmt.Errorf("output %s has elements of %v; an embedding has floats", name, typ)
	}
	return x, shape, nil
}
