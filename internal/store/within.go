package store

import (
	"path/filepath"
	"strings"
)

// Within tells whether path is the folder dir or lies below it, wherever symbolic
// links lead. Neither need exist.
func Within(path, dir string) bool {
	path, dir = Real(path), Real(dir)
	if !IsRemote(dir) {
		path, dir = filepath.ToSlash(path), filepath.ToSlash(dir)
	}
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}

// Real is a path without symbolic links, absolute; that of an object is its name.
// What does not exist yet is taken to be no link.
func Real(path string) string {
	if IsRemote(path) {
		return strings.TrimRight(path, "/")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	for dir, rest := abs, ""; ; dir, rest = filepath.Dir(dir), filepath.Join(filepath.Base(dir), rest) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return abs
		}
	}
}
