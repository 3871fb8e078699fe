package configs

// Paths is one path or a list of them.
type Paths []string
