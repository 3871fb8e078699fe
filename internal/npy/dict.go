package npy

import (
	"strconv"
	"strings"
)

// dict is the content of a header: a Python dict literal with three keys.
type dict struct {
	descr      string
	structured bool // descr is a list of fields or a sub-array, not a string
	fortran    bool
	shape      []int64
}

// parseDict reads "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }".
// NumPy evaluates a Python literal; this takes the subset that NumPy writes, in
// any order and spacing, and the "3L" of Python 2.
func parseDict(s string) (dict, error) {
	p := dictParser{rest: s}
	var d dict
	seen := map[string]bool{}
	p.expect("{")
	for !p.failed && !p.take("}") {
		key := p.str()
		p.expect(":")
		if p.failed || seen[key] {
			return dict{}, formatErrorf("bad .npy header: %q", clip(s))
		}
		seen[key] = true
		switch key {
		case "descr":
			if p.peek("[") || p.peek("(") {
				d.structured = true
				p.skipNested()
			} else {
				d.descr = p.str()
			}
		case "fortran_order":
			d.fortran = p.boolean()
		case "shape":
			d.shape = p.tuple()
		default:
			return dict{}, formatErrorf("bad .npy header: unknown key %q", clip(key))
		}
		if !p.take(",") && !p.peek("}") {
			p.failed = true
		}
	}
	if p.failed || strings.TrimSpace(p.rest) != "" {
		return dict{}, formatErrorf("bad .npy header: %q", clip(s))
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return dict{}, formatErrorf("bad .npy header: no key %q", key)
		}
	}
	return d, nil
}

// clip shortens what an error quotes.
func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// dictParser consumes rest token by token; after a failure its results mean nothing.
type dictParser struct {
	rest   string
	failed bool
}

func (p *dictParser) peek(token string) bool {
	p.rest = strings.TrimLeft(p.rest, " \t\n\r")
	return strings.HasPrefix(p.rest, token)
}

func (p *dictParser) take(token string) bool {
	if !p.peek(token) {
		return false
	}
	p.rest = p.rest[len(token):]
	return true
}

func (p *dictParser) expect(token string) {
	if !p.take(token) {
		p.failed = true
	}
}

// str reads a quoted string without escapes (NumPy's keys and dtypes have none).
func (p *dictParser) str() string {
	quote := "'"
	if p.peek(`"`) {
		quote = `"`
	}
	p.expect(quote)
	s, rest, ok := strings.Cut(p.rest, quote)
	if p.failed || !ok || strings.ContainsAny(s, "\\\n") {
		p.failed = true
		return ""
	}
	p.rest = rest
	return s
}

func (p *dictParser) boolean() bool {
	if p.take("True") {
		return true
	}
	p.expect("False")
	return false
}

// maxDims is NumPy's own limit (64 since 2.0).
const maxDims = 64

func (p *dictParser) tuple() []int64 {
	p.expect("(")
	var shape []int64
	for !p.failed && !p.take(")") {
		if len(shape) == maxDims {
			p.failed = true
			break
		}
		shape = append(shape, p.integer())
		if !p.take(",") && !p.peek(")") {
			p.failed = true
		}
	}
	return shape
}

func (p *dictParser) integer() int64 {
	p.peek("")
	end := 0
	for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(p.rest[:end], 10, 64)
	if err != nil {
		p.failed = true
		return 0
	}
	p.rest = p.rest[end:]
	p.take("L")
	return n
}

// skipNested passes over a bracketed value; a bracket inside a field's name
// miscounts and ends in a failure, which is as good: the file is refused anyway.
func (p *dictParser) skipNested() {
	depth := 0
	for i, c := range p.rest {
		switch c {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		}
		if depth == 0 {
			p.rest = p.rest[i+1:]
			return
		}
	}
	p.failed = true
}
