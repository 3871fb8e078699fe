package records

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"leveler/internal/store"
)

// manyAlternatives is from how many names without wildcards on one listing is
// cheaper than a request for each.
const manyAlternatives = 16

// objects returns what a pattern names in a bucket, in no order, without
// duplicates: what match does for files.
func objects(pattern string) ([]File, error) {
	if _, key, _ := strings.Cut(strings.TrimPrefix(pattern, "gs://"), "/"); key == "" || hasMeta(strings.SplitN(pattern, "/", 4)[2]) {
		return nil, fmt.Errorf("%q must be gs://bucket/ and a path or a pattern; write \"gs://bucket/...\" for all objects of a bucket", pattern)
	}
	root := objectRoot(pattern)
	if o, err := store.Stat(pattern); err == nil {
		return []File{object(o, path.Dir(o.Path[len("gs://"):]))}, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	alternatives, err := braces(pattern)
	if err != nil {
		return nil, err
	}
	l := lister{seen: map[string]bool{}}
	if len(alternatives) >= manyAlternatives {
		if l.all, err = store.Objects(literal(pattern), true); err != nil {
			return nil, err
		}
		l.listed = true
	}
	for _, alt := range alternatives {
		n := len(l.found)
		if err := l.add(alt, root); err != nil {
			return nil, err
		}
		if len(l.found) == n && !hasMeta(alt) && !l.seen[alt] {
			return nil, l.missing(alt)
		}
	}
	return l.found, nil
}

// objectRoot is fixedRoot without the scheme.
func objectRoot(pattern string) string { return fixedRoot(strings.TrimPrefix(pattern, "gs://")) }

// literal is the part of a pattern that every object it matches begins with.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[{`); i >= 0 {
		pattern = pattern[:i]
	}
	return strings.TrimSuffix(pattern, "...")
}

func object(o store.Object, root string) File {
	return File{Path: o.Path, Name: relative(root, strings.TrimPrefix(o.Path, "gs://")), Size: o.Size, Generation: o.Generation}
}

// lister gathers the objects of several patterns.
type lister struct {
	all    []store.Object // of the bucket, under what the patterns have in common
	listed bool
	found  []File
	seen   map[string]bool
}

// add finds the objects of a pattern without braces.
func (l *lister) add(pattern, root string) error {
	parts, err := objectParts(pattern)
	if err != nil {
		return err
	}
	all := l.all
	if !l.listed {
		if all, err = list(pattern); err != nil {
			return err
		}
	}
	for _, o := range all {
		if !l.seen[o.Path] && matchParts(parts, strings.Split(o.Path[len("gs://"):], "/")) {
			l.seen[o.Path] = true
			l.found = append(l.found, object(o, root))
		}
	}
	return nil
}

// list lists as little as a pattern allows.
func list(pattern string) ([]store.Object, error) {
	if !hasMeta(pattern) {
		o, err := store.Stat(pattern)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return []store.Object{o}, err
	}
	prefix := literal(pattern)
	rest := pattern[len(prefix):]
	return store.Objects(prefix, strings.Contains(rest, "/") || strings.Contains(rest, "**") || strings.HasSuffix(pattern, "/..."))
}

// missing says that a name without wildcards is no object's, and what to write
// when it is a folder.
func (l *lister) missing(name string) error {
	below, err := store.Objects(strings.TrimRight(name, "/")+"/", false)
	if err != nil {
		return err
	}
	folders, err := store.Folders(name)
	if err != nil {
		return err
	}
	if len(below)+len(folders) > 0 {
		return fmt.Errorf("%q is a folder; write \"%s/...\" for all files below it", name, strings.TrimRight(name, "/"))
	}
	return fmt.Errorf("no such file: %q", name)
}

// objectParts cuts a pattern at its slashes.
func objectParts(pattern string) ([]string, error) {
	parts := strings.Split(pattern[len("gs://"):], "/")
	for i, part := range parts {
		if part == "..." {
			parts[i] = "**"
		}
		if _, err := path.Match(part, ""); err != nil {
			return nil, fmt.Errorf("malformed pattern %q: %q", pattern, part)
		}
	}
	if parts[len(parts)-1] == "**" {
		parts = append(parts, "*")
	}
	return parts, nil
}

// matchParts tells whether a name, cut at its slashes, matches a pattern.
func matchParts(parts, names []string) bool {
	if len(parts) == 0 || len(names) == 0 {
		return len(parts) == 0 && len(names) == 0
	}
	hidden := strings.HasPrefix(names[0], ".")
	if parts[0] == "**" {
		return matchParts(parts[1:], names) || !hidden && matchParts(parts, names[1:])
	}
	if hidden && !strings.HasPrefix(parts[0], ".") {
		return false
	}
	ok, _ := path.Match(parts[0], names[0]) // objectParts has seen it
	return ok && matchParts(parts[1:], names[1:])
}
