package configs

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// text returns a scalar as written, with environment variables expanded.
func (d *decoder) text(key string, n *yaml.Node) (string, bool) {
	if n.ShortTag() == "!!binary" { // how YAML writes what is not UTF-8
		var s string
		if err := n.Decode(&s); err != nil {
			d.fault(n, key, "must be valid base64 under !!binary")
			return "", false
		}
		return s, true
	}
	s, err := expand(n.Value)
	if err != nil {
		d.fault(n, key, "%v", err)
		return "", false
	}
	return s, true
}

// scalar stores n in a string, a number or a bool.
func (d *decoder) scalar(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.ScalarNode {
		s, ok := d.text(key, n)
		if !ok || store(v, s) {
			return
		}
	}
	d.fault(n, key, "must be %s (got %s)", wanted(v.Kind()), describe(n))
}

// wanted says what a value must be.
func wanted(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Uint64:
		return "an integer from 0 to 2^64-1"
	case reflect.Float64:
		return "a finite number"
	case reflect.Bool:
		return "true or false"
	}
	return "an integer"
}

// store parses s into v.
func store(v reflect.Value, s string) bool {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
		return true
	case reflect.Bool:
		v.SetBool(s == "true")
		return s == "true" || s == "false"
	case reflect.Int, reflect.Int64:
		i, ok := parseInt(s)
		if ok {
			v.SetInt(i)
		}
		return ok
	case reflect.Uint64:
		u, err := strconv.ParseUint(digits(s), 10, 64)
		if err == nil {
			v.SetUint(u)
		}
		return err == nil
	case reflect.Float64:
		f, err := strconv.ParseFloat(digits(s), 64)
		ok := err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
		if ok {
			v.SetFloat(f)
		}
		return ok
	}
	panic("configs: no way to read a " + v.Type().String())
}

// parseInt reads 100000, 100_000 and 1e5.
func parseInt(s string) (int64, bool) {
	s = digits(s)
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.ContainsAny(s, "xXpP") || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// underscored is a number with underscores between its digits.
var underscored = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)+(\.[0-9]+)?$`)

// digits takes the underscores out of a number.
func digits(s string) string {
	if underscored.MatchString(s) {
		return strings.ReplaceAll(s, "_", "")
	}
	return s
}
