package onnxtest

import (
	"os"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"leveler/internal/onnx"
)

// Node is an operator of a model's graph.
type Node struct {
	Op      string
	In, Out []string
	Int     map[string]int64
	Ints    map[string][]int64
}

// Write writes a model of opset 17 without weights: the operators are what there
// is to compute. Open dimensions, -1, need a symbol.
func Write(tb testing.TB, path string, inputs, outputs []onnx.Value, nodes ...Node) {
	tb.Helper()
	var graph []byte
	for _, n := range nodes {
		graph = message(graph, 1, n.encode())
	}
	graph = text(graph, 2, "test")
	for _, v := range inputs {
		graph = message(graph, 11, encode(v))
	}
	for _, v := range outputs {
		graph = message(graph, 12, encode(v))
	}
	model := number(nil, 1, 8) // the version of the format
	model = message(model, 7, graph)
	model = message(model, 8, number(nil, 2, 17))
	if err := os.WriteFile(path, model, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// The types of attributes.
const (
	typeInt  = 2
	typeInts = 7
)

func (n Node) encode() []byte {
	var b []byte
	for _, in := range n.In {
		b = text(b, 1, in)
	}
	for _, out := range n.Out {
		b = text(b, 2, out)
	}
	b = text(b, 4, n.Op)
	for name, v := range n.Int {
		a := text(nil, 1, name)
		a = number(a, 3, uint64(v))
		b = message(b, 5, number(a, 20, typeInt))
	}
	for name, list := range n.Ints {
		a := text(nil, 1, name)
		for _, v := range list {
			a = number(a, 8, uint64(v))
		}
		b = message(b, 5, number(a, 20, typeInts))
	}
	return b
}

// encode makes a ValueInfoProto of a tensor.
func encode(v onnx.Value) []byte {
	var shape []byte
	for i, n := range v.Shape {
		dim := text(nil, 2, "")
		if n >= 0 {
			dim = number(nil, 1, uint64(n))
		} else if i < len(v.Symbols) {
			dim = text(nil, 2, v.Symbols[i])
		}
		shape = message(shape, 1, dim)
	}
	tensor := message(number(nil, 1, uint64(v.Type)), 2, shape)
	return message(text(nil, 1, v.Name), 2, message(nil, 1, tensor))
}

func number(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func message(b []byte, field protowire.Number, m []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), m)
}

func text(b []byte, field protowire.Number, s string) []byte { return message(b, field, []byte(s)) }
