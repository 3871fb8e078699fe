package pipelines

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"leveler/internal/store"
)

// publishLevel gives a level's files the public names of DESIGN section 4.
func (r *Run) publishLevel(number int, lv level) error {
	dir := fmt.Sprintf("level-%d/", number)
	names := map[string]store.Ref{dir + "centroids.npy": lv.Centroids, dir + "sizes.npy": lv.Sizes}
	for i, c := range lv.Carry {
		if !c.Labels.IsZero() {
			names[fmt.Sprintf("%sassignments/part-%05d.npy", dir, i)] = c.Labels
			names[fmt.Sprintf("%sdistances/part-%05d.npy", dir, i)] = c.D2
		}
	}
	if err := r.alias(names, dir+"assignments/", dir+"distances/"); err != nil {
		return err
	}
	return r.publish(dir+"history.jsonl", func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, it := range lv.Iterations {
			if err := e.Encode(it); err != nil {
				return err
			}
		}
		return nil
	})
}

// publish writes a public file below the work folder.
func (r *Run) publish(name string, write func(io.Writer) error) error {
	if err := r.claim([]string{name}); err != nil {
		return err
	}
	_, err := r.ledger.Publish(store.Join(r.Config.Work.Dir, name), write)
	return err
}

// publishPoints does the same for the points.
func (r *Run) publishPoints(in *input) error {
	names := map[string]store.Ref{}
	for i, sh := range in.set.Shards {
		if !sh.File.IsZero() {
			names[fmt.Sprintf("embeddings/part-%05d.npy", i)] = sh.File
		}
		if !sh.Ids.IsZero() {
			names[fmt.Sprintf("ids/part-%05d.parquet", i)] = sh.Ids
		}
	}
	return r.alias(names, "embeddings/", "ids/")
}

// alias gives files their public names below the work folder, and takes away the
// names that an earlier run of another configuration left in folders: someone may
// read everything there.
func (r *Run) alias(names map[string]store.Ref, folders ...string) error {
	if err := r.claim(slices.Collect(maps.Keys(names))); err != nil {
		return err
	}
	for name, ref := range names {
		if err := r.ledger.Alias(ref, store.Join(r.Config.Work.Dir, name)); err != nil {
			return err
		}
	}
	return r.unpublish(func(name string) bool {
		_, kept := names[name]
		return !kept && slices.ContainsFunc(folders, func(f string) bool { return strings.HasPrefix(name, f) })
	})
}

// unpublishLevels takes away the public names of levels that an earlier run had
// above the last.
func (r *Run) unpublishLevels(last int) error {
	return r.unpublish(func(name string) bool {
		var level int
		_, err := fmt.Sscanf(name, "level-%d/", &level)
		return err == nil && level > last
	})
}
