//go:build amd64 && !noasm

package kernel

// A pathSwitch makes New choose the named path, for d dimensions at least; off
// returns its undo.
type pathSwitch struct {
	name string
	d    int
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
		s = append(s, pathSwitch{"amx", 64, set(&useAMX, true)})
	}
	if useAVX512 {
		s = append(s,
			pathSwitch{"direct", 2, set(&useAMX, false)},
			pathSwitch{"avx512", 64, set(&useDirect, false)})
	}
	if useAVX2 {
		no512, again := set(&useAVX512, false), set(&useDirect, true)
		s = append(s,
			pathSwitch{"direct2", 2, func() func() {
				undo, undo2 := no512(), again()
				return func() { undo2(); undo() }
			}},
			pathSwitch{"int16", 64, set(&useDirect, false)},
			pathSwitch{"avx2", 64, set(&useInt16, false)})
	}
	return append(s, pathSwitch{"generic", 64, set(&useAVX2, false)})
}
