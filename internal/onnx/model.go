package onnx

import (
	"errors"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protowire"
)

// Model is what a model's file says of itself.
type Model struct {
	Opset   int64 // of the standard operators
	Inputs  []Value
	Outputs []Value
}

// Inspect reads a model's file without ONNX Runtime, which the machine that
// submits a job need not have.
func Inspect(path string) (*Model, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := new(Model)
	if err := m.read(b); err != nil {
		return nil, fmt.Errorf("%s is no ONNX model: %w", path, err)
	}
	return m, nil
}

// The fields of onnx.proto that are read here.
const (
	modelGraph, modelOpset                             = 7, 8
	opsetDomain, opsetVersion                          = 1, 2
	graphInitializer, graphInput, graphOutput          = 5, 11, 12
	tensorName                                         = 8
	valueName, valueType, typeTensor, elemType, shapeF = 1, 2, 1, 1, 2
	shapeDim, dimValue, dimParam                       = 1, 1, 2
)

func (m *Model) read(b []byte) error {
	weights := map[string]bool{} // older models list them as inputs too
	graphs := 0
	err := fields(b, func(field protowire.Number, v uint64, sub []byte) error {
		switch field {
		case modelOpset:
			domain, version := "", int64(0)
			err := fields(sub, func(field protowire.Number, v uint64, sub []byte) error {
				switch field {
				case opsetDomain:
					domain = string(sub)
				case opsetVersion:
					version = int64(v)
				}
				return nil
			})
			if domain == "" || domain == "ai.onnx" {
				m.Opset = version
			}
			return err
		case modelGraph:
			graphs++
			return m.graph(sub, weights)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if graphs != 1 || len(m.Outputs) == 0 {
		return errors.New("it has no graph with outputs")
	}
	var inputs []Value
	for _, v := range m.Inputs {
		if !weights[v.Name] {
			inputs = append(inputs, v)
		}
	}
	m.Inputs = inputs
	return nil
}

func (m *Model) graph(b []byte, weights map[string]bool) error {
	return fields(b, func(field protowire.Number, _ uint64, sub []byte) error {
		switch field {
		case graphInitializer:
			return fields(sub, func(field protowire.Number, _ uint64, sub []byte) error {
				if field == tensorName {
					weights[string(sub)] = true
				}
				return nil
			})
		case graphInput, graphOutput:
			v, err := readValue(sub)
			if err != nil {
				return err
			}
			if field == graphInput {
				m.Inputs = append(m.Inputs, v)
			} else {
				m.Outputs = append(m.Outputs, v)
			}
		}
		return nil
	})
}

// readValue reads a ValueInfoProto.
func readValue(b []byte) (Value, error) {
	var v Value
	shape := func(_ protowire.Number, _ uint64, dim []byte) error {
		size, symbol := int64(-1), ""
		err := fields(dim, func(field protowire.Number, n uint64, sub []byte) error {
			switch field {
			case dimValue:
				size = int64(n)
			case dimParam:
				symbol = string(sub)
			}
			return nil
		})
		v.Shape, v.Symbols = append(v.Shape, size), append(v.Symbols, symbol)
		return err
	}
	tensor := func(field protowire.Number, n uint64, sub []byte) error {
		switch field {
		case elemType:
			v.Type = Type(n)
		case shapeF:
			return fields(sub, shape)
		}
		return nil
	}
	err := fields(b, func(field protowire.Number, _ uint64, sub []byte) error {
		switch field {
		case valueName:
			v.Name = string(sub)
		case valueType:
			return fields(sub, func(field protowire.Number, _ uint64, sub []byte) error {
				if field == typeTensor {
					return fields(sub, tensor)
				}
				return nil
			})
		}
		return nil
	})
	return v, err
}

// fields calls see for every field of a message, with its number if it is a
// varint and its bytes if it has a length.
func fields(b []byte, see func(field protowire.Number, v uint64, sub []byte) error) error {
	for len(b) > 0 {
		field, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		var v uint64
		var sub []byte
		switch typ {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			sub, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(field, typ, b)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		if err := see(field, v, sub); err != nil {
			return err
		}
	}
	return nil
}
