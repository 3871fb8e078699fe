//go:build !amd64 || noasm

package kernel

const noAssembly = "kernel: no assembly"

func choosePath(int) path { return pathGeneric }

func (p *packed) runTiles(*tiles, bool) { panic(noAssembly) }

func (p *packed) runSelect(*tiles) { panic(noAssembly) }

func packAVX512(*packing)     { panic(noAssembly) }
func packBF16AVX512(*packing) { panic(noAssembly) }
func exactAVX512(*exact)      { panic(noAssembly) }
func refineAVX512(*refine)    { panic(noAssembly) }
