package sample

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/points"
	"leveler/internal/store"
)

// Shard is a shard of level 1 with what the level's assignment left of it.
type Shard struct {
	Shard  points.Shard `json:"shard"`
	Labels store.Ref    `json:"labels,omitzero"` // int32: the leaf of each row
	D2     store.Ref    `json:"d2,omitzero"`     // float64: the squared distance to its centroid
}

// Shards names a committed list of shards.
type Shards struct {
	Path string
	N    int
}

// CommitShards commits the list, for workers to read.
func CommitShards(dir string, list []Shard) (Shards, error) {
	ref, err := store.CommitCache(dir, "shards", ".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(list) })
	return Shards{ref.Path, len(list)}, err
}

// Read returns the list.
func (s Shards) Read() ([]Shard, error) {
	b, err := store.ReadFile(s.Path)
	if err != nil {
		return nil, err
	}
	var list []Shard
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	if len(list) != s.N {
		return nil, fmt.Errorf("%s: lists %d shards, not %d", s.Path, len(list), s.N)
	}
	return list, nil
}
