package decode

import (
	"fmt"
	"io"
	"strings"

	"leveler/internal/store"
)

// markName begins the names of the marks that a first pass leaves, one for each batch
// that is done: what the driver sees of the pass on any engine.
const markName = "indexed-"

// mark leaves that of a batch.
func mark(dir string, index, files int) error {
	_, err := store.CommitCache(dir, fmt.Sprintf("%s%05d-%d", markName, index, files), ".mark", func(io.Writer) error { return nil })
	return err
}

// Indexed is how many files a first pass has done so far.
func Indexed(dir string) (files int64) {
	names, err := store.List(dir)
	if err != nil {
		return 0 // nothing depends on it
	}
	for _, name := range names {
		var index int
		var n int64
		if _, err := fmt.Sscanf(name, markName+"%d-%d-", &index, &n); err == nil {
			files += n
		}
	}
	return files
}

// ClearMarks removes what a pass that was interrupted left.
func ClearMarks(dir string, guard store.Guard) error {
	names, err := store.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasPrefix(name, markName) {
			if err := store.Remove(store.Join(dir, name), guard); err != nil {
				return err
			}
		}
	}
	return nil
}
