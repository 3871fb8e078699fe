package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// text is a writer of s, in pieces.
func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s[:len(s)/2])
		if err == nil {
			_, err = io.WriteString(w, s[len(s)/2:])
		}
		return err
	}
}

// everything lists what is in dir, temporary files as well.
func everything(t *testing.T, dir string) []string {
	t.Helper()
	es, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range es {
		names = append(names, e.Name())
	}
	return names
}

// abcSHA256 is the digest of "abc" (FIPS 180-2, appendix B.1).
const abcSHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

var commits = map[string]func(dir, prefix, ext string, write func(io.Writer) error) (Ref, error){
	"Commit": Commit, "CommitCache": CommitCache,
}

func TestCommitNamesByContent(t *testing.T) {
	for name, commit := range commits {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "made", "as needed")
			want := Ref{Path: filepath.Join(dir, "x-ba7816bf8f01cfea.txt"), Size: 3, SHA256: abcSHA256}
			for range 2 { // that it exists is success
				got, err := commit(dir, "x", ".txt", text("abc"))
				if err != nil || got != want {
					t.Fatalf("got %+v, %v want %+v", got, err, want)
				}
			}
			if got := everything(t, dir); !slices.Equal(got, []string{"x-ba7816bf8f01cfea.txt"}) {
				t.Errorf("in the folder: got %q", got)
			}
			if b, err := ReadVerified(want); err != nil || string(b) != "abc" {
				t.Errorf("got %q, %v want abc", b, err)
			}
			if err := errors.Join(CheckSize(want), CheckDigest(want), Sync(want)); err != nil {
				t.Error(err)
			}
			if got, err := Describe(want.Path); err != nil || got != want {
				t.Errorf("Describe: got %+v, %v want %+v", got, err, want)
			}
		})
	}
}

// TestCommitReplacesATornFile: after a crash of the machine a name may hold
// another content, of the same length even. Committing again must mend it.
func TestCommitReplacesATornFile(t *testing.T) {
	for _, torn := range []string{"", "ab", "a\x00\x00", "abcd"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "x-ba7816bf8f01cfea.txt")
		if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Commit(dir, "x", ".txt", text("abc"))
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckDigest(r); err != nil {
			t.Errorf("over %q: %v", torn, err)
		}
		if got := everything(t, dir); len(got) != 1 {
			t.Errorf("over %q: in the folder: got %q", torn, got)
		}
	}
}

func TestAFailingWriterLeavesNothing(t *testing.T) {
	fault := errors.New("row 7 is bad")
	for _, c := range []struct {
		name string
		call func(dir string, write func(io.Writer) error) error
	}{
		{"commit", func(dir string, write func(io.Writer) error) error {
			_, err := Commit(dir, "x", ".txt", write)
			return err
		}},
		{"publish", func(dir string, write func(io.Writer) error) error {
			_, err := Publish(filepath.Join(dir, "x.txt"), nil, write)
			return err
		}},
	} {
		dir := t.TempDir()
		err := c.call(dir, func(w io.Writer) error {
			_, err := w.Write(make([]byte, 1<<20)) // beyond the buffer
			return errors.Join(err, fault)
		})
		if want := "writing " + filepath.Join(dir, "x.txt") + ": row 7 is bad"; !errors.Is(err, fault) || err.Error() != want {
			t.Errorf("%s: got %v want %s", c.name, err, want)
		}
		if got := everything(t, dir); len(got) != 0 {
			t.Errorf("%s left %q", c.name, got)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the writer's panic was lost", c.name)
				}
			}()
			_ = c.call(dir, func(io.Writer) error { panic("a bug") })
		}()
		if got := everything(t, dir); len(got) != 0 {
			t.Errorf("%s left %q after a panic", c.name, got)
		}
	}
}

func TestConcurrentCommitsOfEqualContent(t *testing.T) {
	dir := t.TempDir()
	content := strings.Repeat("the same\n", 1000)
	refs, errs := make([]Ref, 8), make([]error, 8)
	var wg sync.WaitGroup
	for i := range refs {
		wg.Go(func() { refs[i], errs[i] = CommitCache(dir, "x", ".txt", text(content)) })
	}
	wg.Wait()
	for i := range refs {
		if errs[i] != nil || refs[i] != refs[0] {
			t.Errorf("commit %d: got %+v, %v want %+v", i, refs[i], errs[i], refs[0])
		}
	}
	if got := everything(t, dir); len(got) != 1 {
		t.Errorf("in the folder: got %q", got)
	}
	if err := CheckDigest(refs[0]); err != nil {
		t.Error(err)
	}
}

// TestPublishIsAtomic: a reader sees the old content or the new one, whole.
func TestPublishIsAtomic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	content := func(i int) string { return strings.Repeat(fmt.Sprint(i%10), 5000) }
	publish := func(i int) {
		if _, err := Publish(path, nil, text(content(i))); err != nil {
			t.Error(err)
		}
	}
	publish(0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 100 {
			publish(i)
		}
	}()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		b, err := ReadFile(path)
		if err != nil || len(b) != 5000 || !bytes.Equal(b, bytes.Repeat(b[:1], 5000)) {
			t.Fatalf("read %d bytes, %v want 5000 equal ones", len(b), err)
		}
	}
}

func TestPublishOverAFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.MkdirAll(filepath.Join(path, "full"), 0o750); err != nil {
		t.Fatal(err)
	}
	_, err := Publish(path, nil, text("abc"))
	if err == nil || !strings.HasPrefix(err.Error(), path+": ") || strings.ContainsAny(err.Error(), "\n") || strings.Contains(err.Error(), temporarySuffix) {
		t.Errorf("got %v want one line that names %s", err, path)
	}
	if got := everything(t, filepath.Dir(path)); !slices.Equal(got, []string{"x.txt"}) {
		t.Errorf("in the folder: got %q", got)
	}
}

func TestAlias(t *testing.T) {
	dir := t.TempDir()
	old, err := Commit(dir, "x", ".txt", text("abc"))
	if err != nil {
		t.Fatal(err)
	}
	next, err := Commit(dir, "x", ".txt", text("abcd"))
	if err != nil {
		t.Fatal(err)
	}
	public := filepath.Join(dir, "level-1", "x.txt")
	for _, c := range []struct {
		from Ref
		want string
	}{{old, "abc"}, {old, "abc"}, {next, "abcd"}} {
		if err := Alias(c.from, public, nil); err != nil {
			t.Fatal(err)
		}
		if b, err := ReadFile(public); err != nil || string(b) != c.want {
			t.Errorf("got %q, %v want %s", b, err, c.want)
		}
		if got := everything(t, filepath.Dir(public)); !slices.Equal(got, []string{"x.txt"}) {
			t.Errorf("in the folder: got %q", got)
		}
	}
	if err := CheckDigest(old); err != nil { // replacing the name keeps the file
		t.Error(err)
	}
	gone := Ref{Path: filepath.Join(dir, "gone")}
	if err := Alias(gone, public, nil); err == nil || err.Error() != gone.Path+": no such file or directory" {
		t.Errorf("got %v want that %s is missing", err, gone.Path)
	}
}

func TestListFoldersRemove(t *testing.T) {
	dir := t.TempDir()
	for _, n := range []string{"b", "a", ".0123" + temporarySuffix} {
		if err := os.WriteFile(filepath.Join(dir, n), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "c"), 0o750); err != nil {
		t.Fatal(err)
	}
	if got, err := List(dir); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("List: got %q, %v want a and b", got, err)
	}
	if got, err := Folders(dir); err != nil || !slices.Equal(got, []string{"c"}) {
		t.Errorf("Folders: got %q, %v want c", got, err)
	}
	for range 2 { // gone already is success
		if err := Remove(filepath.Join(dir, "a"), nil); err != nil {
			t.Error(err)
		}
	}
	if got, err := List(filepath.Join(dir, "none")); err != nil || got != nil {
		t.Errorf("List of no folder: got %q, %v want none", got, err)
	}
	if _, err := List(filepath.Join(dir, "b")); err == nil {
		t.Error("List of a file: want an error")
	}
}

func TestSweepTemporary(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "objects", "level-1")
	if err := os.MkdirAll(deep, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{".00" + temporarySuffix, "kept.npy"} {
		if err := os.WriteFile(filepath.Join(deep, n), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := SweepTemporary(dir); err != nil {
			t.Fatal(err)
		}
		if got := everything(t, deep); !slices.Equal(got, []string{"kept.npy"}) {
			t.Errorf("left: got %q want kept.npy", got)
		}
	}
	if err := SweepTemporary(filepath.Join(dir, "none")); err != nil {
		t.Errorf("of no folder: %v", err)
	}
}
