package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// glob returns the files of a pattern without braces, in no order.
func glob(pattern string, left func(string)) ([]string, error) {
	dir, rest := ".", pattern
	if strings.HasPrefix(pattern, "/") {
		dir, rest = "/", pattern[1:]
	}
	var parts []string
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part == "." {
			continue
		}
		if part == "..." {
			part = "**"
		}
		if _, err := path.Match(part, ""); err != nil {
			return nil, fmt.Errorf("malformed pattern %q: %q", pattern, part)
		}
		if part == "**" && len(parts) > 0 && parts[len(parts)-1] == "**" {
			continue // one stands for any number of folders already
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	if parts[len(parts)-1] == "**" {
		parts = append(parts, "*")
	}
	g := globber{left: left}
	err := g.walk(dir, parts)
	return g.found, err
}

type globber struct {
	found []string
	left  func(folder string) // of links to folders, may be nil
}

// walk finds the files below dir that the parts of a pattern match.
func (g *globber) walk(dir string, parts []string) error {
	part, rest := parts[0], parts[1:]
	if part != "**" && !hasMeta(part) {
		return g.enter(path.Join(dir, part), rest)
	}
	entries, err := os.ReadDir(dir)
	if notThere(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if part == "**" {
		if err := g.walk(dir, rest); err != nil { // ** as no folder at all
			return err
		}
	}
	for _, e := range entries {
		name := e.Name()
		if name[0] == '.' && part[0] != '.' {
			continue
		}
		if part == "**" {
			if e.IsDir() { // not so for a symbolic link to a folder
				err = g.walk(path.Join(dir, name), parts)
			} else {
				g.leave(path.Join(dir, name), e)
			}
		} else if ok, _ := path.Match(part, name); ok {
			err = g.enter(path.Join(dir, name), rest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leave tells of a symbolic link to a folder.
func (g *globber) leave(p string, e fs.DirEntry) {
	if g.left == nil || e.Type()&fs.ModeSymlink == 0 {
		return
	}
	if info, err := os.Stat(p); err == nil && info.IsDir() {
		g.left(p)
	}
}

// enter takes a path that matched: a file when the pattern ends here.
func (g *globber) enter(p string, rest []string) error {
	info, err := os.Stat(p)
	if notThere(err) {
		if _, err := os.Lstat(p); err == nil && len(rest) == 0 {
			return fmt.Errorf("%q is a symbolic link to nothing", p)
		}
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case len(rest) > 0 && info.IsDir():
		return g.walk(p, rest)
	case len(rest) == 0 && !info.IsDir():
		g.found = append(g.found, p)
	}
	return nil
}

func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
