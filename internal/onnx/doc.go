// Package onnx runs ONNX models with ONNX Runtime, without cgo: the runtime's
// shared library is loaded when it is first needed and called through its C API.
//
// A program that links this package is dynamically linked on Linux (to libc and
// libdl, for dlopen) but needs nothing else until [Load]. ONNX Runtime itself needs
// libstdc++ and libgcc_s and, in its usual builds, glibc >= 2.28.
//
// # Memory
//
// A library and a model are held once per process and never let go. One [Session]
// serves any number of goroutines: each [Session.Run] computes on the calling
// thread (intra_op_num_threads 1) and shares the weights with the others.
//
// # Pointers
//
// Everything that C sees is pinned while it sees it: a Go stack moves, and a
// uintptr to it does not follow.
package onnx
