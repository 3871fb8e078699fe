package main

import (
	"os"
	"path/filepath"
	"regexp"
)

// stagedWorker is where Beam's boot copies a worker, and leaves it.
var stagedWorker = regexp.MustCompile(`^/tmp/bin[0-9]+/worker$`)

// removeStaged removes the file that this worker was started from: on Linux a
// running program does not need it, and 90 MB of every worker would stay.
func removeStaged() {
	if path, err := os.Executable(); err == nil && stagedWorker.MatchString(path) {
		_ = os.RemoveAll(filepath.Dir(path)) // it harms nothing when it stays
	}
}
