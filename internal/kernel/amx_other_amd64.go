//go:build amd64 && !noasm && !linux

package kernel

// permitAMX is for Linux; other systems give the tile registers in their own ways.
func permitAMX() bool { return false }
