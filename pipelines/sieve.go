package pipelines

import (
	"fmt"
	"maps"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"leveler/internal/records"
	"leveler/internal/store"
)

// sieve leaves out of the input what is no input: what the run itself writes, and
// files that nothing downstream could open by their names.
type sieve struct {
	work, output string // without symbolic links
	own          map[string]bool
	real         map[string]string // of folders
	mine         int               // files left out because they lie in work or output
	links        map[string]bool   // folders that are symbolic links
	unnamed      int64             // files whose names are not UTF-8
	first        string            // of them
}

func (r *Run) newSieve() *sieve {
	return &sieve{
		work: store.Real(r.Config.Work.Dir), output: store.Real(r.Config.Output.Dir), own: r.ownNames(),
		real: map[string]string{}, links: map[string]bool{},
	}
}

// link counts a folder that a pattern does not enter.
func (s *sieve) link(folder string) { s.links[folder] = true }

// keep returns the files of a pattern that are input.
func (s *sieve) keep(pattern string, found []records.File) (kept []records.File, err error) {
	var place string
	for _, f := range found {
		if !utf8.ValidString(f.Path) {
			if s.unnamed++; s.first == "" {
				s.first = f.Path
			}
			continue
		}
		if p := s.place(f); p != "" {
			place = p
			s.mine++
			continue
		}
		kept = append(kept, f)
	}
	switch {
	case len(kept) > 0:
		return kept, nil
	case place != "":
		return nil, fmt.Errorf("all %d files of %q lie in %s of this run, which it writes and removes files in; set another %s to use them", len(found), pattern, place, place)
	}
	return nil, fmt.Errorf("no file matches %q but %d whose names are not UTF-8, such as %q; rename them", pattern, len(found), s.first)
}

// place names the key of the run's folder that a file is left out for: it lies below
// the work folder, or below an output folder inside the input. Of an input inside
// the output folder, only what a run has put there is left out.
func (s *sieve) place(f records.File) string {
	at := s.resolve(f.Path)
	if below(at, s.work) {
		return "work.dir"
	}
	if !below(at, s.output) {
		return ""
	}
	root := strings.TrimSuffix(strings.TrimSuffix(f.Path, f.Name), "/")
	if root == "" {
		root = "/"
		if !strings.HasPrefix(f.Path, "/") {
			root = "."
		}
	}
	if !below(s.folder(root), s.output) {
		return "output.dir"
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(at, strings.TrimSuffix(s.output, "/")+"/"), "/")
	if s.own[name] {
		return "output.dir"
	}
	return ""
}

// resolve is a file's path without symbolic links.
func (s *sieve) resolve(p string) string {
	if store.IsRemote(p) {
		return p
	}
	if info, err := os.Lstat(p); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return store.Real(p)
	}
	return path.Join(s.folder(path.Dir(p)), path.Base(p))
}

// folder is that of a folder, which it remembers.
func (s *sieve) folder(dir string) string {
	real, ok := s.real[dir]
	if !ok {
		real = store.Real(dir)
		s.real[dir] = real
	}
	return real
}

func below(p, dir string) bool { return strings.HasPrefix(p+"/", strings.TrimSuffix(dir, "/")+"/") }

// tell tells what was left out and adds to the count what is none of the run's.
func (s *sieve) tell(r *Run, skipped map[string]int64) map[string]int64 {
	if s.mine > 0 {
		r.note("input.path: %d files below work.dir or output.dir are left out: they are the run's", s.mine)
	}
	if s.unnamed > 0 {
		r.note("input.path: %d files are left out whose names are not UTF-8, such as %q; rename them", s.unnamed, s.first)
	}
	more := map[string]int64{"name not UTF-8": s.unnamed, "link to a folder": int64(len(s.links))}
	maps.DeleteFunc(more, func(_ string, n int64) bool { return n == 0 })
	if len(more) > 0 && skipped == nil {
		return more
	}
	maps.Copy(skipped, more)
	return skipped
}
