//go:build !amd64 || noasm

package kernel

// A pathSwitch makes New choose the named path; off returns its undo.
type pathSwitch struct {
	name string
	off  func() (undo func())
}

func switches() []pathSwitch {
	return []pathSwitch{{"generic", func() func() { return func() {} }}}
}
