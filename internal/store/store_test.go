package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJoinIsTheFormOfReferences: the ledger keeps a stage's files by their
// paths, so a folder written in another way must not give a file two names.
func TestJoinIsTheFormOfReferences(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"work", "./work", "work/", "work//objects", "work/../work"} {
		r, err := Commit(Join(dir, "a"), "x", ".txt", text("abc"))
		if err != nil {
			t.Fatal(err)
		}
		if got := Join(Join(dir, "a"), filepath.Base(r.Path)); got != r.Path {
			t.Errorf("in %s: got %s want %s", dir, got, r.Path)
		}
	}
	for _, c := range []struct {
		dir   string
		names []string
		want  string
	}{
		{"a", []string{"b", "c"}, "a/b/c"},
		{"/", []string{"b"}, "/b"},
		{"gs://bucket/a", []string{"b"}, "gs://bucket/a/b"},
		{"gs://bucket/", []string{"b", "c"}, "gs://bucket/b/c"},
	} {
		if got := Join(c.dir, c.names...); got != c.want {
			t.Errorf("Join(%q, %q): got %s want %s", c.dir, c.names, got, c.want)
		}
	}
}

func TestUnsupportedStorage(t *testing.T) {
	const path = "ftp://host/x"
	want := "ftp://host/x: storage ftp:// is not supported; give a local path or one on gs://"
	calls := map[string]func() error{
		"Open":           func() error { _, err := Open(path); return err },
		"ReadFile":       func() error { _, err := ReadFile(path); return err },
		"Commit":         func() error { _, err := Commit(path, "x", "", text("")); return err },
		"CommitCache":    func() error { _, err := CommitCache(path, "x", "", text("")); return err },
		"Publish":        func() error { _, err := Publish(path, nil, text("")); return err },
		"Alias":          func() error { return Alias(Ref{}, path, nil) },
		"Sync":           func() error { return Sync(Ref{Path: path}) },
		"List":           func() error { _, err := List(path); return err },
		"Folders":        func() error { _, err := Folders(path); return err },
		"Remove":         func() error { return Remove(path, nil) },
		"SweepTemporary": func() error { return SweepTemporary(path) },
		"CheckSize":      func() error { return CheckSize(Ref{Path: path}) },
		"CheckDigest":    func() error { return CheckDigest(Ref{Path: path}) },
		"ReadVerified":   func() error { _, err := ReadVerified(Ref{Path: path}); return err },
		"Describe":       func() error { _, err := Describe(path); return err },
	}
	for name, call := range calls {
		if err := call(); err == nil || err.Error() != want {
			t.Errorf("%s: got %v want %s", name, err, want)
		}
	}
}

func TestOpenRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                         dir + ": is a folder, need a file",
		filepath.Join(dir, "gone"):  filepath.Join(dir, "gone") + ": no such file or directory",
		filepath.Join(dir, "a", ""): filepath.Join(dir, "a") + ": no such file or directory",
	} {
		if _, err := Open(path); err == nil || err.Error() != want {
			t.Errorf("got %v want %s", err, want)
		}
	}
}

func TestChecksFindDamage(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		size    bool // CheckSize notices
	}{
		"short": {"ab", true}, "long": {"abcd", true}, "empty": {"", true}, "other": {"abd", false},
	} {
		r, err := Commit(t.TempDir(), "x", ".txt", text("abc"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.Path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := CheckSize(r) != nil; got != c.size {
			t.Errorf("%s: CheckSize noticed: got %v want %v", name, got, c.size)
		}
		_, read := ReadVerified(r)
		for _, err := range []error{CheckDigest(r), read} {
			if err == nil || !strings.HasPrefix(err.Error(), r.Path+": its content is not what was committed") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}
