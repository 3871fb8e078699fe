//go:build !amd64 || noasm

package kernel

func choosePath(int) path { return pathGeneric }

func tilesAVX512(*tiles)       { panic("kernel: no assembly") }
func tilesSecondAVX512(*tiles) { panic("kernel: no assembly") }
func selectAVX512(*tiles)      { panic("kernel: no assembly") }
func packAVX512(*packing)      { panic("kernel: no assembly") }
func exactAVX512(*exact)       { panic("kernel: no assembly") }
func tilesAMX(*tiles)          { panic("kernel: no assembly") }
func tilesSecondAMX(*tiles)    { panic("kernel: no assembly") }
func selectAMX(*tiles)         { panic("kernel: no assembly") }
func packBF16AVX512(*packing)  { panic("kernel: no assembly") }
