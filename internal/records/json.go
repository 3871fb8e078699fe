package records

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// decodeJSON replaces the frame's text, a line of JSON, by the text of its text
// field. A field named twice counts as its last, as in Python and encoding/json.
func decodeJSON(f *frame, o Options) {
	obj := f.text
	f.text, f.raw = nil, obj
	fail := func(format string, args ...any) { f.id, f.bad = "", fmt.Sprintf(format, args...) }
	if i := invalidUTF8(obj); i >= 0 {
		fail("is not UTF-8: byte %d is %#02x", i, obj[i])
		return
	}
	if !json.Valid(obj) {
		var v any
		fail("is malformed JSON: %v", json.Unmarshal(obj, &v))
		return
	}
	obj = bytes.TrimLeft(obj, " \t\r")
	if obj[0] != '{' {
		fail("is %s; need a JSON object", jsonKind(obj))
		return
	}
	var id, text []byte
	eachField(obj, func(key, value []byte) {
		if isKey(key, o.TextField) {
			text = value
		}
		if o.IDField != "" && isKey(key, o.IDField) {
			id = value
		}
	})
	// The text first: a short one is no row, whatever its id.
	switch {
	case text == nil:
		fail("has no field %q", o.TextField)
		return
	case text[0] != '"':
		fail("field %q is %s; need a string", o.TextField, jsonKind(text))
		return
	}
	f.text = unquote(text)
	checkText(f, o)
	if o.IDField == "" || f.bad != "" {
		return
	}
	switch {
	case id == nil:
		fail("has no field %q", o.IDField)
	case id[0] == '"' && len(id) == 2:
		fail("field %q is empty", o.IDField)
	case id[0] == '"':
		f.id = string(unquote(id))
	case id[0] == '-' || id[0] >= '0' && id[0] <= '9':
		f.id = string(id) // as it is written: 1 and 1.0 are different ids
	default:
		fail("field %q is %s; need a string or a number", o.IDField, jsonKind(id))
	}
	if f.bad != "" {
		f.text = nil
	}
}

// jsonKind says what a JSON value is, from its first byte.
func jsonKind(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// isKey compares a quoted key with a field's name.
func isKey(quoted []byte, name string) bool {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == name
	}
	return string(unquote(quoted)) == name
}

// unquote returns the text of a valid JSON string; without escapes it is a part
// of the argument.
func unquote(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		panic("records: unquote of an invalid JSON string: " + err.Error())
	}
	return []byte(s)
}

// eachField calls visit with each top-level field of a valid JSON object: the
// quoted key and the raw value. Validity is what keeps it short; decoding into a
// map costs five times as much.
func eachField(obj []byte, visit func(key, value []byte)) {
	i := skipSpace(obj, 1)
	for obj[i] != '}' {
		end := valueEnd(obj, i)
		key := obj[i:end]
		i = skipSpace(obj, skipSpace(obj, end)+1) // over the colon
		end = valueEnd(obj, i)
		visit(key, obj[i:end])
		if i = skipSpace(obj, end); obj[i] == ',' {
			i = skipSpace(obj, i+1)
		}
	}
}

func skipSpace(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n' {
		i++
	}
	return i
}

// valueEnd returns the end of the valid JSON value that begins at i.
func valueEnd(b []byte, i int) int {
	depth := 0
	for ; ; i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the end of the object around a number or a literal
			}
			depth--
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue // inside a number or a literal
		}
		if depth == 0 {
			return i + 1
		}
	}
}
