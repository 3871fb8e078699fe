package pipelines

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/store"
)

// publishLevel gives a level's files the public names of DESIGN section 4.
func (r *Run) publishLevel(number int, lv level) error {
	dir := store.Join(r.Config.Work.Dir, fmt.Sprintf("level-%d", number))
	names := map[string]store.Ref{"centroids.npy": lv.Centroids, "sizes.npy": lv.Sizes}
	for i, c := range lv.Carry {
		if !c.Labels.IsZero() {
			names[fmt.Sprintf("assignments/part-%05d.npy", i)] = c.Labels
			names[fmt.Sprintf("distances/part-%05d.npy", i)] = c.D2
		}
	}
	for name, ref := range names {
		if err := store.Alias(ref, store.Join(dir, name)); err != nil {
			return err
		}
	}
	_, err := store.Publish(store.Join(dir, "history.jsonl"), func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, it := range lv.Iterations {
			if err := e.Encode(it); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// publishPoints does the same for the points.
func (r *Run) publishPoints(in *input) error {
	for i, sh := range in.set.Shards {
		if !sh.File.IsZero() {
			if err := store.Alias(sh.File, store.Join(r.Config.Work.Dir, fmt.Sprintf("embeddings/part-%05d.npy", i))); err != nil {
				return err
			}
		}
		if !sh.Ids.IsZero() {
			if err := store.Alias(sh.Ids, store.Join(r.Config.Work.Dir, fmt.Sprintf("ids/part-%05d.parquet", i))); err != nil {
				return err
			}
		}
	}
	return nil
}
