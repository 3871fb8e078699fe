package onnx

import (
	"errors"
	"runtime"
	"unsafe"

	"github.com/ebitengine/purego"
)

// The functions of the C API by their place in struct OrtApi
// (onnxruntime_c_api.h), to which later versions only append.
const (
	getErrorMessage                = 2
	createEnv                      = 3
	createSession                  = 7
	run                            = 9
	createSessionOptions           = 10
	setGraphOptimizationLevel      = 23
	setIntraOpNumThreads           = 24
	setInterOpNumThreads           = 25
	sessionGetInputCount           = 30
	sessionGetOutputCount          = 31
	sessionGetInputTypeInfo        = 33
	sessionGetOutputTypeInfo       = 34
	sessionGetInputName            = 36
	sessionGetOutputName           = 37
	createTensorWithDataAsOrtValue = 49
	isTensor                       = 50
	getTensorMutableData           = 51
	castTypeInfoToTensorInfo       = 55
	getTensorElementType           = 60
	getDimensionsCount             = 61
	getDimensions                  = 62
	getSymbolicDimensions          = 63
	getTensorTypeAndShape          = 65
	createCPUMemoryInfo            = 69
	allocatorFree                  = 76
	getAllocatorWithDefaultOptions = 78
	releaseStatus                  = 93
	releaseSession                 = 95
	releaseValue                   = 96
	releaseTypeInfo                = 98
	releaseTensorTypeAndShapeInfo  = 99
	releaseSessionOptions          = 100
	getAvailableProviders          = 125
	releaseAvailableProviders      = 126

	apiFunctions = 127
	// apiVersion is the oldest that has them all; every later library serves it.
	apiVersion = 11
)

// The values of the C enumerations that are used here.
const (
	logFatal          = 4 // errors are returned, not logged
	optimizeAll       = 99
	arenaAllocator    = 1
	defaultMemoryType = 0
)

// call calls a function that returns a status.
func (l *Library) call(fn int, args ...uintptr) error {
	status, _, _ := purego.SyscallN(l.api[fn], args...)
	return l.check(status)
}

// check turns a status into an error and releases it.
func (l *Library) check(status uintptr) error {
	if status == 0 {
		return nil
	}
	message, _, _ := purego.SyscallN(l.api[getErrorMessage], status)
	err := errors.New(goString(message))
	l.release(releaseStatus, status)
	return err
}

// release calls a function that frees an object and returns nothing.
func (l *Library) release(fn int, object uintptr) {
	if object != 0 {
		purego.SyscallN(l.api[fn], object)
	}
}

// A pinner gives C the addresses of Go memory, which stays where it is until
// the pinner is undone.
type pinner struct{ runtime.Pinner }

// word returns a place for C to write a pointer or a number to.
func (p *pinner) word() (*uintptr, uintptr) {
	w := new(uintptr)
	p.Pin(w)
	return w, uintptr(unsafe.Pointer(w))
}

// string returns the address of a copy of s that ends in NUL.
func (p *pinner) string(s string) uintptr {
	return slice(p, append([]byte(s), 0))
}

// slice returns the address of x's first element; 0 of an empty x.
func slice[T any](p *pinner, x []T) uintptr {
	if len(x) == 0 {
		return 0
	}
	p.Pin(&x[0])
	return uintptr(unsafe.Pointer(&x[0]))
}

// memory is the C memory at an address.
func memory(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

// goString copies a C string.
func goString(address uintptr) string {
	if address == 0 {
		return ""
	}
	p := memory(address)
	n := 0
	for *(*byte)(unsafe.Add(p, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(p), n))
}
