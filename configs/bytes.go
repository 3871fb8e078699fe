package configs

import (
	"math"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Bytes is a size, written as a number or with a unit: 16MiB.
type Bytes int64

// The units.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
)

// units are the names of sizes, the largest first.
var units = []struct {
	name string
	size Bytes
}{
	{"TiB", TiB},
	{"GiB", GiB},
	{"MiB", MiB},
	{"KiB", KiB},
	{"TB", 1e12},
	{"GB", 1e9},
	{"MB", 1e6},
	{"kB", 1e3},
	{"B", 1},
}

// sized is a number and a unit.
var sized = regexp.MustCompile(`^([0-9_]+(?:\.[0-9]+)?) ?([A-Za-z]+)$`)

// ParseBytes reads 16777216, 16_777_216, 16MiB and 1.5 GB.
func ParseBytes(s string) (Bytes, bool) {
	if i, ok := parseInt(s); ok {
		return Bytes(i), true
	}
	m := sized.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	number, err := strconv.ParseFloat(digits(m[1]), 64)
	for _, u := range units {
		if u.name != m[2] || err != nil {
			continue
		}
		size := number * float64(u.size)
		return Bytes(size), size == math.Trunc(size) && size < 1<<62
	}
	return 0, false
}

// String returns the size with the largest unit (KiB to TiB) that divides it.
func (b Bytes) String() string {
	for _, u := range units[:4] {
		if b > 0 && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// MarshalYAML writes the size as String does.
func (b Bytes) MarshalYAML() (any, error) {
	if s := b.String(); s != strconv.FormatInt(int64(b), 10) {
		return s, nil
	}
	return int64(b), nil
}

func (b *Bytes) decode(d *decoder, key string, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		s, ok := d.text(key, n)
		if !ok {
			return
		}
		if size, ok := ParseBytes(s); ok {
			*b = size
			return
		}
	}
	d.fault(n, key, "must be a size such as 16MiB (got %s)", describe(n))
}
