package configs

// Paths is one path or a list of them.
type Paths []string

// MarshalYAML writes a single path as a string.
func (p Paths) MarshalYAML() (any, error) {
	if len(p) == 1 {
		return p[0], nil
	}
	return []string(p), nil
}
