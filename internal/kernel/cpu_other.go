//go:build !amd64 || noasm

package kernel

const noAssembly = "kernel: no assembly"

func choosePath(int) path { return pathGeneric }

func (p *packed) runTiles(*tiles, bool) { panic(noAssembly) }
func (p *packed) runScan(*tiles)        { panic(noAssembly) }
func (p *packed) runPick(*tiles)        { panic(noAssembly) }
func (p *packed) runSelect(*tiles)      { panic(noAssembly) }
func (p *packed) runPack(*packing)      { panic(noAssembly) }

func runPair(*pairing)  { panic(noAssembly) }
func runExact(*exact)   { panic(noAssembly) }
func runRefine(*refine) { panic(noAssembly) }
