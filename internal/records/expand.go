package records

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"leveler/internal/store"
)

// Filter keeps files by the globs of their base names ("*.go"). The zero Filter
// keeps all.
type Filter struct {
	Include []string // a file must match one of them; none: every file does
	Exclude []string // and none of these
	// Left, where it is not nil, is told of folders that "..." and ** do not enter
	// because they are symbolic links.
	Left func(folder string)
}

func (f Filter) keeps(name string) bool {
	matches := func(glob string) bool {
		ok, _ := path.Match(glob, name) // Validate has seen it
		return ok
	}
	return (len(f.Include) == 0 || slices.ContainsFunc(f.Include, matches)) && !slices.ContainsFunc(f.Exclude, matches)
}

// Validate returns every malformed glob, joined, naming its configuration key.
func (f Filter) Validate() error {
	var faults []error
	check := func(key string, globs []string) {
		for i, g := range globs {
			if _, err := path.Match(g, ""); err != nil || g == "" || strings.Contains(g, "/") {
				faults = append(faults, fmt.Errorf("%s[%d] must be a pattern of file names such as \"*.txt\" (got %q)", key, i, g))
			}
		}
	}
	check("include", f.Include)
	check("exclude", f.Exclude)
	return errors.Join(faults...)
}

// Expand returns the files of a pattern, sorted by path: that order numbers the
// rows. A pattern is
//
//   - a file;
//   - a folder and "/...": all files at any depth below;
//   - a glob: * and ? within a name, [a-z], ** for folders at any depth;
//   - any of these with {a,b} or {00000..00012}, where an alternative without
//     wildcards must exist, so that a missing shard is found.
//
// A file that has the pattern as its name is taken as such. As in a shell,
// wildcards leave out names that begin with a dot. "..." and ** do not enter
// folders by symbolic links; links to files count as files. No match is an error.
// All of it holds for objects too (gs://bucket/…).
func Expand(pattern string, filter Filter) ([]File, error) {
	if pattern == "" {
		return nil, errors.New("no path given")
	}
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	if err := store.Supported(pattern); err != nil {
		return nil, err
	}
	if store.IsRemote(pattern) {
		found, err := objects(pattern)
		if err != nil {
			return nil, err
		}
		var files []File
		for _, f := range found {
			if filter.keeps(path.Base(f.Path)) {
				files = append(files, f)
			}
		}
		return some(files, pattern, len(found))
	}
	pattern = filepath.ToSlash(pattern)
	paths, root, err := match(pattern, filter.Left)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, p := range paths {
		if !filter.keeps(path.Base(p)) {
			continue
		}
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue // a device or a pipe
		}
		files = append(files, File{Path: p, Name: relative(root, p), Size: info.Size(), ModTime: info.ModTime().UnixNano()})
	}
	return some(files, pattern, len(paths))
}

// some sorts the files that the filter left of found ones, and refuses none.
func some(files []File, pattern string, found int) ([]File, error) {
	if len(files) == 0 {
		if found > 0 {
			return nil, fmt.Errorf("no file matches %q: include and exclude leave none of %d", pattern, found)
		}
		return nil, fmt.Errorf("no file matches %q", pattern)
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return files, nil
}

// match returns the paths of a pattern without duplicates, and its fixed root.
func match(pattern string, left func(string)) (paths []string, root string, err error) {
	info, err := os.Stat(pattern)
	switch {
	case err == nil && info.IsDir():
		return nil, "", fmt.Errorf("%q is a folder; write \"%s/...\" for all files below it", pattern, strings.TrimRight(pattern, "/"))
	case err == nil:
		return []string{path.Clean(pattern)}, path.Dir(pattern), nil
	case !errors.Is(err, fs.ErrNotExist) && !hasMeta(pattern):
		return nil, "", err
	}
	alternatives, err := braces(pattern)
	if err != nil {
		return nil, "", err
	}
	for _, alt := range alternatives {
		found, err := glob(alt, left)
		if err != nil {
			return nil, "", err
		}
		if len(found) == 0 && !hasMeta(alt) {
			return nil, "", fmt.Errorf("no such file: %q", alt)
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	return slices.Compact(paths), fixedRoot(pattern), nil
}

// hasMeta is whether a path or a part of it is a pattern.
func hasMeta(s string) bool {
	return strings.ContainsAny(s, `*?[{`) || path.Base(s) == "..."
}

// fixedRoot returns the longest folder of a pattern without wildcards.
func fixedRoot(pattern string) string {
	dir := ""
	for rest := pattern; ; {
		part, after, more := strings.Cut(rest, "/")
		if hasMeta(part) || !more {
			break
		}
		dir += part + "/"
		rest = after
	}
	if dir == "" {
		return "."
	}
	return path.Clean(dir)
}

// relative returns p, which lies below root, without it.
func relative(root, p string) string {
	switch root {
	case ".":
		return p
	case "/":
		return p[1:]
	}
	return strings.TrimPrefix(p, root+"/")
}
