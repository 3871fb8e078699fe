package onnx

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"
)

// The execution providers.
const (
	ProviderCPU  = "cpu"
	ProviderCUDA = "cuda"
)

// Session is a model, ready to run. It serves any number of goroutines.
type Session struct {
	lib     *Library
	handle  uintptr
	path    string
	inputs  []Value
	outputs []Value
}

// Value describes an input or an output.
type Value struct {
	Name string
	Type Type
	// Shape has a size for every dimension, -1 where the model leaves it open.
	Shape []int64
	// Symbols has the names of the open dimensions, "" where there is none.
	Symbols []string
}

// String is a description such as input_ids int64[batch,seq].
func (v Value) String() string {
	dims := make([]string, len(v.Shape))
	for i, n := range v.Shape {
		switch {
		case n >= 0:
			dims[i] = fmt.Sprint(n)
		case i < len(v.Symbols) && v.Symbols[i] != "":
			dims[i] = v.Symbols[i]
		default:
			dims[i] = "?"
		}
	}
	return fmt.Sprintf("%s %v[%s]", v.Name, v.Type, strings.Join(dims, ","))
}

// Describe lists values for people.
func Describe(values []Value) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.String()
	}
	return strings.Join(list, ", ")
}

// Find returns the value of a name.
func Find(values []Value, name string) (Value, bool) {
	i := slices.IndexFunc(values, func(v Value) bool { return v.Name == name })
	if i < 0 {
		return Value{}, false
	}
	return values[i], true
}

// Open loads the model of a file. The caller closes the session.
func (l *Library) Open(model, provider string) (*Session, error) {
	s, err := l.open(model, provider)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", model, err)
	}
	return s, nil
}

func (l *Library) open(model, provider string) (*Session, error) {
	var pin pinner
	defer pin.Unpin()
	options, optionsAt := pin.word()
	if err := l.call(createSessionOptions, optionsAt); err != nil {
		return nil, err
	}
	defer l.release(releaseSessionOptions, *options)
	for _, set := range [][2]uintptr{
		{setIntraOpNumThreads, 1}, {setInterOpNumThreads, 1}, {setGraphOptimizationLevel, optimizeAll},
	} {
		if err := l.call(int(set[0]), *options, set[1]); err != nil {
			return nil, err
		}
	}
	if provider == ProviderCUDA {
		if err := l.useCUDA(*options); err != nil {
			return nil, err
		}
	}
	handle, handleAt := pin.word()
	if err := l.call(createSession, l.env, pin.string(model), *options, handleAt); err != nil {
		return nil, err
	}
	s := &Session{lib: l, handle: *handle, path: model}
	var err error
	if s.inputs, err = s.values(sessionGetInputCount, sessionGetInputName, sessionGetInputTypeInfo); err == nil {
		s.outputs, err = s.values(sessionGetOutputCount, sessionGetOutputName, sessionGetOutputTypeInfo)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close frees the session, which nobody may run any more.
func (s *Session) Close() {
	s.lib.release(releaseSession, s.handle)
	s.handle = 0
}

// Inputs returns what the model takes.
func (s *Session) Inputs() []Value { return s.inputs }

// Outputs returns what the model gives.
func (s *Session) Outputs() []Value { return s.outputs }

// Library returns the library that runs the session.
func (s *Session) Library() *Library { return s.lib }

// values reads the descriptions of the inputs or of the outputs.
func (s *Session) values(count, name, info int) ([]Value, error) {
	var pin pinner
	defer pin.Unpin()
	n, nAt := pin.word()
	if err := s.lib.call(count, s.handle, nAt); err != nil {
		return nil, err
	}
	values := make([]Value, *n)
	for i := range values {
		text, textAt := pin.word()
		if err := s.lib.call(name, s.handle, uintptr(i), s.lib.allocator, textAt); err != nil {
			return nil, err
		}
		values[i].Name = goString(*text)
		if err := s.lib.call(allocatorFree, s.lib.allocator, *text); err != nil {
			return nil, err
		}
		if err := s.describe(info, i, &values[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// describe reads the type and shape of the input or output i.
func (s *Session) describe(info, i int, v *Value) error {
	var pin pinner
	defer pin.Unpin()
	typ, typAt := pin.word()
	if err := s.lib.call(info, s.handle, uintptr(i), typAt); err != nil {
		return err
	}
	defer s.lib.release(releaseTypeInfo, *typ)
	tensor, tensorAt := pin.word()
	if err := s.lib.call(castTypeInfoToTensorInfo, *typ, tensorAt); err != nil {
		return err
	}
	if *tensor == 0 { // a sequence or a map
		return nil
	}
	var err error
	if v.Type, v.Shape, err = s.lib.shape(*tensor); err != nil || len(v.Shape) == 0 {
		return err
	}
	names := make([]uintptr, len(v.Shape))
	if err := s.lib.call(getSymbolicDimensions, *tensor, slice(&pin, names), uintptr(len(names))); err != nil {
		return err
	}
	for _, name := range names {
		v.Symbols = append(v.Symbols, goString(name))
	}
	return nil
}

// shape reads an OrtTensorTypeAndShapeInfo.
func (l *Library) shape(info uintptr) (Type, []int64, error) {
	var pin pinner
	defer pin.Unpin()
	typ := new(int32)
	pin.Pin(typ)
	if err := l.call(getTensorElementType, info, uintptr(unsafe.Pointer(typ))); err != nil {
		return 0, nil, err
	}
	n, nAt := pin.word()
	if err := l.call(getDimensionsCount, info, nAt); err != nil {
		return 0, nil, err
	}
	dims := make([]int64, *n)
	err := l.call(getDimensions, info, slice(&pin, dims), *n)
	return Type(*typ), dims, err
}
