//go:build amd64 && !noasm

package kernel

// A pathSwitch makes New choose the named path; off returns its undo.
type pathSwitch struct {
	name string
	off  func() (undo func())
}

// switches lists this machine's paths, best first.
func switches() []pathSwitch {
	set := func(v *bool, to bool) func() func() {
		return func() func() {
			old := *v
			*v = to
			return func() { *v = old }
		}
	}
	var s []pathSwitch
	if useAMX {
		s = append(s, pathSwitch{"amx", set(&useAMX, true)})
	}
	if useAVX512 {
		s = append(s, pathSwitch{"avx512", set(&useAMX, false)})
	}
	if useAVX2 {
		s = append(s, pathSwitch{"avx2", set(&useAVX512, false)})
	}
	return append(s, pathSwitch{"generic", set(&useAVX2, false)})
}
