package points

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/store"
)

// Commit writes the set's manifest.
func (s *Set) Commit(dir, prefix string) (store.Ref, error) {
	return store.Commit(dir, prefix, ".json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(s)
	})
}

// ReadSet reads a manifest that Commit wrote.
func ReadSet(path string) (*Set, error) {
	b, err := store.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := new(Set)
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("%s: not a point set's manifest: %w", path, err)
	}
	return s, nil
}
