package pipelines

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/store"
	"leveler/transforms/decode"
)

// keepPlaces commits which files the rows of each shard lie in, for what copies
// the selected ones later, and returns all files of that.
func keepPlaces(dir string, shards []decode.Shard) (ref store.Ref, all []store.Ref, err error) {
	ref, err = store.Commit(dir, "places", ".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(shards) })
	all = []store.Ref{ref}
	for _, sh := range shards {
		if !sh.List.IsZero() {
			all = append(all, sh.List)
		}
	}
	return ref, all, err
}

// readPlaces reads what keepPlaces committed.
func readPlaces(ref store.Ref) (shards []decode.Shard, err error) {
	b, err := store.ReadVerified(ref)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &shards); err != nil {
		return nil, fmt.Errorf("%s: %w", ref.Path, err)
	}
	return shards, nil
}
