//go:build amd64 && !noasm

package kernel

import "syscall"

// permitAMX asks Linux for the use of the tile registers, which a process must
// do once before its first tile instruction (arch_prctl, ARCH_REQ_XCOMP_PERM,
// XFEATURE_XTILEDATA). It is refused where the kernel or the virtual machine does
// not save them.
func permitAMX() bool {
	const requestPermission, tileData = 0x1023, 18
	_, _, errno := syscall.RawSyscall(syscall.SYS_ARCH_PRCTL, requestPermission, tileData, 0)
	return errno == 0
}
