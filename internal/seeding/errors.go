package seeding

import "fmt"

// A TooFewError says that a seeding asked for more centroids than there are
// distinct rows (of positive weight).
type TooFewError struct {
	Want, Found int
}

// Error names both numbers.
func (e *TooFewError) Error() string {
	return fmt.Sprintf("seeding: %d distinct rows for %d clusters", e.Found, e.Want)
}
