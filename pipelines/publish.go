package pipelines

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

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
	if err := r.alias(dir, names, "assignments", "distances"); err != nil {
		return err
	}
	_, err := r.ledger.Publish(store.Join(dir, "history.jsonl"), func(w io.Writer) error {
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
	names := map[string]store.Ref{}
	for i, sh := range in.set.Shards {
		if !sh.File.IsZero() {
			names[fmt.Sprintf("embeddings/part-%05d.npy", i)] = sh.File
		}
		if !sh.Ids.IsZero() {
			names[fmt.Sprintf("ids/part-%05d.parquet", i)] = sh.Ids
		}
	}
	return r.alias(r.Config.Work.Dir, names, "embeddings", "ids")
}

// alias gives files their public names below dir, and takes away the names that
// an earlier run of another configuration left in folders: someone may read
// everything there.
func (r *Run) alias(dir string, names map[string]store.Ref, folders ...string) error {
	for name, ref := range names {
		if err := r.ledger.Alias(ref, store.Join(dir, name)); err != nil {
			return err
		}
	}
	for _, folder := range folders {
		there, err := store.List(store.Join(dir, folder))
		if err != nil {
			return err
		}
		for _, n := range there {
			if _, ok := names[folder+"/"+n]; ok || !strings.HasPrefix(n, "part-") {
				continue
			}
			if err := r.ledger.Remove(store.Join(dir, folder, n)); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpublishLevels takes away the public names of levels that an earlier run had
// above the last.
func (r *Run) unpublishLevels(last int) error {
	for number := last + 1; ; number++ {
		dir := store.Join(r.Config.Work.Dir, fmt.Sprintf("level-%d", number))
		names, err := store.List(dir)
		if err != nil || len(names) == 0 {
			return err
		}
		if err := r.alias(dir, nil, "assignments", "distances"); err != nil {
			return err
		}
		for _, n := range []string{"centroids.npy", "sizes.npy", "history.jsonl"} {
			if err := r.ledger.Remove(store.Join(dir, n)); err != nil {
				return err
			}
		}
	}
}
