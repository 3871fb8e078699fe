package configs

import (
	"errors"
	"fmt"
	"math"
	"strings"

	files "leveler/internal/store"
)

// place is where a key was given; the zero place when only values are known.
type place struct {
	file string // or -set
	line int    // from 1; 0 when it has none
}

func (p place) String() string {
	if p.line == 0 {
		return p.file
	}
	return fmt.Sprintf("%s:%d", p.file, p.line)
}

// rank orders faults: overrides, lines, and what is missing altogether.
func (p place) rank() int {
	if p.line == 0 && p.file != fromSet {
		return math.MaxInt
	}
	return p.line
}

// fault is one thing wrong with a configuration.
type fault struct {
	place place
	key   string
	text  string
}

func (f *fault) Error() string {
	s := f.text
	if f.key != "" {
		s = f.key + ": " + s
	}
	if at := f.place.String(); at != "" {
		s = at + ": " + s
	}
	return s
}

// faults collects what is wrong.
type faults []*fault

func (f *faults) add(key, format string, args ...any) {
	*f = append(*f, &fault{key: key, text: fmt.Sprintf(format, args...)})
}

// check adds a fault unless ok.
func (f *faults) check(ok bool, key, format string, args ...any) {
	if !ok {
		f.add(key, format, args...)
	}
}

// supported adds a fault unless the path's storage is one that there is.
func (f *faults) supported(key, path string) {
	if err := files.Supported(path); err != nil {
		f.add(key, "%v", err)
	}
}

// err joins the faults, one a line; nil when there are none.
func (f faults) err() error {
	errs := make([]error, len(f))
	for i, x := range f {
		errs[i] = x
	}
	return errors.Join(errs...)
}

// about tells whether a fault names the key, a part of it or what it is part of.
func (f faults) about(key string) bool {
	within := func(a, b string) bool { return a == b || strings.HasPrefix(a, b+".") }
	for _, x := range f {
		if within(x.key, key) || within(key, x.key) {
			return true
		}
	}
	return false
}
