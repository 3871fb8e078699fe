package pipelines

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"leveler/internal/store"
)

// publicFile lists the public names below the work folder.
const publicFile = "public.json"

// public are the names below the work folder, with slashes, that runs gave to their
// files: what they may replace and remove there. Whatever else stands there is the
// user's. A name is on the list before there is a file of it.
type public map[string]bool

// begun are the names that a run leaves in its work folder before its first stage is
// finished, the folder of Flink's worker binary among them.
var begun = []string{"lock", "job.json", publicFile, "objects", "stages", "worker"}

// manifestName is that of a finished stage's manifest.
var manifestName = regexp.MustCompile(`^[0-9a-f]{64}\.json$`)

// checkWork refuses a work folder that holds something and nothing of ours.
func (r *Run) checkWork() error {
	dir := r.Config.Work.Dir
	finished, err := store.List(store.Join(dir, "stages"))
	if err == nil && slices.ContainsFunc(finished, manifestName.MatchString) {
		return nil
	}
	names, err := store.List(dir)
	if err != nil {
		return fmt.Errorf("work.dir: cannot write to %w", err)
	}
	folders, err := store.Folders(dir)
	if err != nil {
		return fmt.Errorf("work.dir: cannot write to %w", err)
	}
	for _, n := range append(names, folders...) {
		if !strings.HasPrefix(n, ".") && !slices.Contains(begun, n) && !store.Within(r.Config.Output.Dir, store.Join(dir, n)) {
			return fmt.Errorf("work.dir: %s holds files that no run has put there (%s); set work.dir to a new folder", dir, n)
		}
	}
	return nil
}

// readPublic reads the list of the work folder.
func (r *Run) readPublic() error {
	b, err := store.ReadFile(store.Join(r.Config.Work.Dir, publicFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var names []string
	if err == nil {
		if err := json.Unmarshal(b, &names); err != nil {
			return fmt.Errorf("%s: %w", store.Join(r.Config.Work.Dir, publicFile), err)
		}
	}
	r.public = public{}
	for _, n := range names {
		r.public[n] = true
	}
	return nil
}

// claim puts names on the list, unless something stands there already.
func (r *Run) claim(names []string) error {
	there := map[string][]string{} // by folder
	fresh := false
	for _, n := range names {
		if r.public[n] {
			continue
		}
		fresh = true
		dir, base := path.Split(n)
		if there[dir] == nil {
			found, err := store.List(store.Join(r.Config.Work.Dir, strings.TrimSuffix(dir, "/")))
			if err != nil {
				return err
			}
			there[dir] = append([]string{}, found...)
		}
		if _, found := slices.BinarySearch(there[dir], base); found {
			return fmt.Errorf("work.dir: no run has put %s there, which this one would replace; move it, or set another work.dir", store.Join(r.Config.Work.Dir, n))
		}
	}
	if !fresh {
		return nil
	}
	for _, n := range names {
		r.public[n] = true
	}
	return r.savePublic()
}

// unpublish removes the public files that gone holds for.
func (r *Run) unpublish(gone func(name string) bool) error {
	fewer := false
	for _, n := range slices.Sorted(maps.Keys(r.public)) {
		if !gone(n) {
			continue
		}
		if err := r.ledger.Remove(store.Join(r.Config.Work.Dir, n)); err != nil {
			return err
		}
		delete(r.public, n)
		fewer = true
	}
	if !fewer {
		return nil
	}
	return r.savePublic()
}

func (r *Run) savePublic() error {
	_, err := r.ledger.PublishJSON(store.Join(r.Config.Work.Dir, publicFile), slices.Sorted(maps.Keys(r.public)))
	return err
}
