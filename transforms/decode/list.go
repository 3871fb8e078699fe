package decode

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/store"
)

// maxInline is how many files an element carries itself. Engines refuse graphs of
// more than some MB, and a million small files make elements of some MB each: the
// lists of larger ones travel by path.
const maxInline = 64

// spill moves a list to a file of its own when it is long.
func spill[T any](dir, name string, list *[]T, to *store.Ref) error {
	if len(*list) <= maxInline {
		return nil
	}
	ref, err := store.CommitCache(dir, name, ".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(*list) })
	if err != nil {
		return err
	}
	*list, *to = nil, ref
	return nil
}

// unspill returns the list, wherever it is.
func unspill[T any](list []T, from store.Ref) ([]T, error) {
	if from.IsZero() {
		return list, nil
	}
	b, err := store.ReadVerified(from)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", from.Path, err)
	}
	return list, nil
}
