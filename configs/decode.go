package configs

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"leveler/internal/fit"
)

// decoder stores YAML nodes in a Config. It differs from the library's strict
// decoding (KnownFields) in what a configuration needs: every fault is found at
// once and named by its key and line, entries of levels start from defaults, and
// environment variables are expanded.
type decoder struct {
	file   string
	places map[string]place // where each key that was given stands
	faults faults
}

// node is implemented by types with a form of their own.
type node interface {
	decode(d *decoder, key string, n *yaml.Node)
}

// value stores n in v. A key without a value (null) keeps its default.
func (d *decoder) value(key string, n *yaml.Node, v reflect.Value) {
	n = target(n)
	d.places[key] = d.place(n)
	if isNull(n) {
		return
	}
	if own, ok := v.Addr().Interface().(node); ok {
		own.decode(d, key, n)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.section(key, n, v)
	case reflect.Slice:
		v.Set(reflect.ValueOf(d.strings(key, n)))
	case reflect.Map:
		v.Set(reflect.ValueOf(d.options(key, n)))
	default:
		d.scalar(key, n, v)
	}
}

// level stores one entry of levels.
func (d *decoder) level(key string, n *yaml.Node, l *fit.Params) {
	n = target(n)
	d.places[key] = d.place(n)
	d.section(key, n, reflect.ValueOf(l).Elem())
}

// section stores a mapping in a struct, field by field.
func (d *decoder) section(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.fault(n, key, "must be a mapping of keys (got %s)", describe(n))
		return
	}
	known := fields(v.Type())
	d.pairs(key, n, func(name string, at, val *yaml.Node) {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == name })
		if i < 0 {
			d.fault(at, join(key, name), "is not a known key%s", suggestion(name, known))
			return
		}
		d.value(join(key, name), val, v.Field(known[i].index))
	})
}

// pairs calls f for every key of a mapping and refuses repeated ones.
func (d *decoder) pairs(key string, n *yaml.Node, f func(name string, at, val *yaml.Node)) {
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, val := target(n.Content[i]), n.Content[i+1]
		if at.Kind != yaml.ScalarNode {
			d.fault(at, key, "must have names as keys (got %s)", describe(at))
			continue
		}
		if line, twice := first[at.Value]; twice {
			d.fault(at, join(key, at.Value), "is given twice, first in line %d", line)
			continue
		}
		first[at.Value] = at.Line
		f(at.Value, at, val)
	}
}

// strings reads a list of strings, for which a single one may stand; nil when it
// is empty.
func (d *decoder) strings(key string, n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		s, ok := d.text(key, n)
		if !ok {
			return nil
		}
		return []string{s}
	}
	if n.Kind != yaml.SequenceNode {
		d.fault(n, key, "must be a string or a list of strings (got %s)", describe(n))
		return nil
	}
	var list []string
	for i, item := range n.Content {
		item = target(item)
		at := entry(key, i)
		d.places[at] = d.place(item)
		if item.Kind != yaml.ScalarNode || isNull(item) {
			d.fault(item, at, "must be a string (got %s)", describe(item))
			continue
		}
		if s, ok := d.text(at, item); ok {
			list = append(list, s)
		}
	}
	return list
}

// options reads a mapping of names to scalars, to lists of them, which become
// one value with commas, or to mappings, which become JSON, as Beam's flags have
// them; nil when it is empty.
func (d *decoder) options(key string, n *yaml.Node) map[string]string {
	if n.Kind != yaml.MappingNode {
		d.fault(n, key, "must be a mapping of options (got %s)", describe(n))
		return nil
	}
	var options map[string]string
	d.pairs(key, n, func(name string, _, val *yaml.Node) {
		val = target(val)
		at := join(key, name)
		d.places[at] = d.place(val)
		if isNull(val) {
			d.fault(val, at, "must be a value, a list of values or a mapping of names to values (got null)")
			return
		}
		if options == nil {
			options = map[string]string{}
		}
		if val.Kind == yaml.MappingNode {
			b, _ := json.Marshal(d.object(at, val)) // strings in maps always marshal
			options[name] = string(b)
			return
		}
		options[name] = strings.Join(d.strings(at, val), ",")
	})
	return options
}

// object reads a mapping of names to strings or to further mappings.
func (d *decoder) object(key string, n *yaml.Node) map[string]any {
	m := map[string]any{}
	d.pairs(key, n, func(name string, _, val *yaml.Node) {
		val = target(val)
		switch at := join(key, name); {
		case val.Kind == yaml.MappingNode:
			m[name] = d.object(at, val)
		case val.Kind != yaml.ScalarNode || isNull(val):
			d.fault(val, at, "must be a string or a mapping (got %s)", describe(val))
		default:
			m[name], _ = d.text(at, val)
		}
	})
	return m
}

// place returns where n stands. Nodes of -set have no line.
func (d *decoder) place(n *yaml.Node) place {
	if n.Line == 0 {
		return place{file: fromSet}
	}
	return place{file: d.file, line: n.Line}
}

// placeOf returns where a key stands, or the nearest one above it that was given.
func (d *decoder) placeOf(key string) place {
	for ; key != ""; key = key[:max(0, strings.LastIndexByte(key, '.'))] {
		if at, ok := d.places[key]; ok {
			return at
		}
	}
	return place{file: d.file}
}

func (d *decoder) fault(n *yaml.Node, key, format string, args ...any) {
	d.faults = append(d.faults, &fault{place: d.place(n), key: key, text: fmt.Sprintf(format, args...)})
}

// field is a key of a section.
type field struct {
	name  string
	index int
}

// fields returns the keys of a struct, in its order.
func fields(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "-" && name != "" {
			list = append(list, field{name: name, index: i})
		}
	}
	return list
}

// target follows aliases (*name) to what they stand for.
func target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// describe shows n in a message.
func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode && len(n.Content) == 0:
		return "an empty list"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "null"
	}
	return quote(n.Value)
}

// quote shows a string in a message, cut to one line's worth.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
