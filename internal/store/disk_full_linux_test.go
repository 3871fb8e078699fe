package store

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull writes more than a tiny file system holds.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("no tmpfs can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	if _, err := Publish(filepath.Join(dir, "public.txt"), nil, text("old")); err != nil {
		t.Fatal(err)
	}
	before := everything(t, dir)
	much := func(w io.Writer) error {
		_, err := w.Write(make([]byte, 1<<20))
		return err
	}
	for name, call := range map[string]func() error{
		"x.bin":      func() error { _, err := Commit(dir, "x", ".bin", much); return err },
		"y.bin":      func() error { _, err := CommitCache(dir, "y", ".bin", much); return err },
		"public.txt": func() error { _, err := Publish(filepath.Join(dir, "public.txt"), nil, much); return err },
	} {
		err := call()
		if want := "writing " + filepath.Join(dir, name) + ": no space left on device"; !errors.Is(err, syscall.ENOSPC) || err.Error() != want {
			t.Errorf("got %v want %s", err, want)
		}
	}
	if got := everything(t, dir); !slices.Equal(got, before) {
		t.Errorf("in the folder: got %q want %q", got, before)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "public.txt")); err != nil || string(b) != "old" {
		t.Errorf("the public file: got %q, %v want the old content", b, err)
	}
}

// TestUnwritableFolder is what a user without rights sees; root needs a folder
// that nobody can write to.
func TestUnwritableFolder(t *testing.T) {
	_, err := Commit("/proc/leveler", "x", ".bin", text("abc"))
	if err == nil || !strings.HasPrefix(err.Error(), "writing /proc/leveler/x.bin: /proc/leveler: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v want one line that names the file and the folder", err)
	}
}
