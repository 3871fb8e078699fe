//go:build amd64 && !noasm

package kernel

// The most that a core can do, for benchmarks only.

func peakAVX2(n int)

func peakAVX512(n int)

func peakAMX(n int)
