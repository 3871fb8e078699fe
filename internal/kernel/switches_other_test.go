//go:build !amd64 || noasm

package kernel

// A pathSwitch makes New choose the named path, for d dimensions at least; off
// returns its undo.
type pathSwitch struct {
	name string
	d    int
	off  func() (undo func())
}

func switches() []pathSwitch {
	return []pathSwitch{{"generic", 64, func() func() { return func() {} }}}
}
