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
	List store.Ref
	N    int
}

// CommitShards commits the list, for workers to read.
func CommitShards(dir string, list []Shard) (Shards, error) {
	ref, err := store.CommitCache(dir, "shards", ".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(list) })
	return Shards{ref, len(list)}, err
}

// ShardReader reads a list when a shard of it is first asked for, and keeps it.
type ShardReader struct{ list []Shard }

// Shard returns shard i of the list.
func (r *ShardReader) Shard(s Shards, i int) (Shard, error) {
	if r.list == nil {
		var err error
		if r.list, err = s.read(); err != nil {
			return Shard{}, err
		}
	}
	return r.list[i], nil
}

func (s Shards) read() ([]Shard, error) {
	b, err := store.ReadVerified(s.List)
	if err != nil {
		return nil, err
	}
	var list []Shard
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", s.List.Path, err)
	}
	if len(list) != s.N {
		return nil, fmt.Errorf("%s: lists %d shards, not %d", s.List.Path, len(list), s.N)
	}
	return list, nil
}
