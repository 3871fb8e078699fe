package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"leveler/internal/fakegcs"
)

// cached makes a bucket and a cache of at most max bytes in a folder of its own.
func cached(t *testing.T, max int64) (s *fakegcs.Server, r ReadCache, dir string) {
	t.Helper()
	s = fakegcs.New(t, "b")
	dir = filepath.Join(t.TempDir(), "cache")
	t.Setenv(ReadCacheVar, dir)
	r = ReadCache{Run: "gs://b/work", Bytes: max}
	r.Use()
	t.Cleanup(ReadCache{}.Use)
	return s, r, dir
}

// readCached reads an object whole and returns how many requests for content
// that took.
func readCached(t *testing.T, s *fakegcs.Server, path string, want []byte) int {
	t.Helper()
	before := s.Count(fakegcs.Read)
	f, err := OpenCached(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := make([]byte, f.Size())
	if _, err := f.ReadAt(got, 0); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%s: read %d bytes, or others", path, len(got))
	}
	return s.Count(fakegcs.Read) - before
}

func blocksIn(t *testing.T, dir string) (paths []string, size int64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil {
			size += info.Size()
		}
	}
	return paths, size
}

func TestReadCache(t *testing.T) {
	s, r, dir := cached(t, 1<<30)
	content := noise(3*gcsBlock + 5)
	s.Put("gs://b/x", content)
	if n := readCached(t, s, "gs://b/x", content); n != 1 {
		t.Errorf("the first time: got %d requests want 1", n)
	}
	for range 3 {
		if n := readCached(t, s, "gs://b/x", content); n != 0 {
			t.Errorf("again: got %d requests want 0", n)
		}
	}
	// Another generation is another content, of the same name and size.
	other := noise(3*gcsBlock + 6)[1:]
	s.Put("gs://b/x", other)
	if n := readCached(t, s, "gs://b/x", other); n == 0 {
		t.Error("another generation came from the cache")
	}
	if f, err := Open("gs://b/x"); err != nil || f.(*gcsFile).cache != nil {
		t.Errorf("Open uses the cache, or %v", err)
	}
	if paths, _ := blocksIn(t, dir); len(paths) != 2*4 {
		t.Errorf("got %d files want 8", len(paths))
	}
	if err := r.Drop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was left")
	}
	if n := readCached(t, s, "gs://b/x", other); n != 1 {
		t.Errorf("after Drop: got %d requests want 1", n)
	}
}

// TestReadCacheTrustsNothing that is not what was read from the object.
func TestReadCacheTrustsNothing(t *testing.T) {
	s, _, dir := cached(t, 1<<30)
	content := noise(gcsBlock + 100)
	s.Put("gs://b/x", content)
	flip := func(at int64) func(string) error {
		return func(p string) error {
			f, err := os.OpenFile(p, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			b := make([]byte, 1)
			_, rerr := f.ReadAt(b, at)
			b[0] ^= 1
			_, werr := f.WriteAt(b, at)
			return errors.Join(rerr, werr, f.Close())
		}
	}
	for name, damage := range map[string]func(string) error{
		"a bit":       flip(50),
		"its sum":     flip(102),
		"cut":         func(p string) error { return os.Truncate(p, 90) },
		"empty":       func(p string) error { return os.Truncate(p, 0) },
		"longer":      func(p string) error { return os.Truncate(p, 4<<20) },
		"gone":        os.Remove,
		"a folder":    func(p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o700)) },
		"another one": func(p string) error { return os.WriteFile(p, make([]byte, 104), 0o600) },
	} {
		readCached(t, s, "gs://b/x", content)
		paths, _ := blocksIn(t, dir)
		if len(paths) != 2 {
			t.Fatalf("%s: got %d files want 2", name, len(paths))
		}
		short := paths[0]
		for _, p := range paths {
			if info, err := os.Stat(p); err == nil && info.Size() == 104 {
				short = p
			}
		}
		if err := damage(short); err != nil {
			t.Fatal(err)
		}
		if n := readCached(t, s, "gs://b/x", content); n != 1 {
			t.Errorf("%s: got %d requests want 1", name, n)
		}
		_ = os.RemoveAll(short)
	}
	// A whole block of another place under this one's name.
	readCached(t, s, "gs://b/x", content)
	s.Put("gs://b/y", noise(100)[:100])
	readCached(t, s, "gs://b/y", noise(100))
	f, err := openGCS("gs://b/x")
	if err != nil {
		t.Fatal(err)
	}
	g, err := openGCS("gs://b/y")
	if err != nil {
		t.Fatal(err)
	}
	c := shared.cache
	if err := os.Rename(c.path(g.key(0)), c.path(f.key(1))); err != nil {
		t.Fatal(err)
	}
	if n := readCached(t, s, "gs://b/x", content); n != 1 {
		t.Errorf("another's block: got %d requests want 1", n)
	}
}

// TestReadCacheIsBounded: it stays within its bytes, throws out what was not used
// for longest, and keeps most of what it has when every pass reads more.
func TestReadCacheIsBounded(t *testing.T) {
	const room = 40 // blocks
	s, _, dir := cached(t, room*gcsBlock)
	old := noise(gcsBlock)
	s.Put("gs://b/old", old)
	readCached(t, s, "gs://b/old", old)
	paths, _ := blocksIn(t, dir)
	past := time.Now().Add(-2 * staleAfter)
	if err := os.Chtimes(paths[0], past, past); err != nil {
		t.Fatal(err)
	}
	content := noise(80 * gcsBlock) // twice the room
	s.Put("gs://b/x", content)
	for pass := range 4 {
		before := s.BytesRead()
		readCached(t, s, "gs://b/x", content)
		read := s.BytesRead() - before
		if _, size := blocksIn(t, dir); size > room*gcsBlock {
			t.Errorf("pass %d: the cache has %d bytes want at most %d", pass, size, room*gcsBlock)
		}
		if most := int64(len(content)) * 7 / 10; pass > 0 && read > most {
			t.Errorf("pass %d: %d bytes were sent want at most %d", pass, read, most)
		}
	}
	if _, err := os.Stat(paths[0]); err == nil {
		t.Error("what was not used for longest was kept")
	}
}

// TestReadCacheOnABadDisk: reading goes on without it.
func TestReadCacheOnABadDisk(t *testing.T) {
	s, _, dir := cached(t, 1<<30)
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // no folder can be made there
		t.Fatal(err)
	}
	content := noise(1000)
	s.Put("gs://b/x", content)
	for range 2 {
		if n := readCached(t, s, "gs://b/x", content); n != 1 {
			t.Errorf("got %d requests want 1", n)
		}
	}
}
