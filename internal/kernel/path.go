package kernel

// A path is one way to the specified labels.
type path uint8

const (
	pathGeneric path = iota // plain Go, float64
	pathExact               // assembly, float64: no approximate score would be finite
	pathAVX512              // float32 tiles of 32 rows x 14 centroids
)

func (p path) String() string {
	return [...]string{"generic", "exact", "avx512"}[p]
}

// Path names the way in which Assign finds labels, for reports and for tests
// which must prove what they measured.
func (c *Centroids) Path() string { return c.path.String() }
