package store

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/fakegcs"
)

// TestMain shortens what retries take, or every fault would cost seconds, and
// what is large.
func TestMain(m *testing.M) {
	uploadChunk, spoolMemory = 256<<10, 300<<10
	firstPause, retryFor, stallAfter = time.Millisecond, 2*time.Second, 300*time.Millisecond
	os.Exit(m.Run())
}

// noise is n bytes of which no two places look alike.
func noise(n int) []byte {
	var seed [32]byte
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(b)
	return b
}

func writes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		for len(b) > 0 { // in odd pieces
			n := min(len(b), 70_001)
			if _, err := w.Write(b[:n]); err != nil {
				return err
			}
			b = b[n:]
		}
		return nil
	}
}

func mustCommit(t *testing.T, dir string, content []byte) Ref {
	t.Helper()
	r, err := Commit(dir, "x", ".bin", writes(content))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestGCSLikeLocal: what one writes, the other reads, by the same names.
func TestGCSLikeLocal(t *testing.T) {
	fakegcs.New(t, "b")
	for _, size := range []int{0, 1, 300_000, spoolMemory + 1, int(uploadChunk)*2 + 5} {
		content := noise(size)
		local := mustCommit(t, t.TempDir(), content)
		r := mustCommit(t, "gs://b/dir", content)
		if r.Size != int64(size) || r.SHA256 != local.SHA256 || r.Path != "gs://b/dir/x-"+local.SHA256[:16]+".bin" {
			t.Errorf("%d bytes: got %+v, local %+v", size, r, local)
		}
		if again := mustCommit(t, "gs://b/dir/", content); again.SHA256 != r.SHA256 {
			t.Errorf("%d bytes, again: got %+v", size, again)
		}
		if err := errors.Join(CheckSize(r), CheckDigest(r), Sync(r)); err != nil {
			t.Error(err)
		}
		if got, err := ReadVerified(r); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: read %d, %v", size, len(got), err)
		}
		if got, err := Describe(r.Path); err != nil || got != r {
			t.Errorf("got %+v, %v want %+v", got, err, r)
		}
	}
}

func TestGCSPublishAliasListRemove(t *testing.T) {
	s := fakegcs.New(t, "b")
	a, b := mustCommit(t, "gs://b/w/objects/o", []byte("a")), mustCommit(t, "gs://b/w/objects/o", []byte("b"))
	for _, r := range []Ref{a, a, b} {
		if err := Alias(r, "gs://b/w/level-1/x.bin", nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Count(fakegcs.Copy); got != 2 {
		t.Errorf("got %d copies want 2: one that is there is not made again", got)
	}
	for _, text := range []string{"old", "new", "new"} {
		r, err := Publish("gs://b/w/run.yaml", nil, writes([]byte(text)))
		if err != nil || r.Path != "gs://b/w/run.yaml" || CheckDigest(r) != nil {
			t.Errorf("got %+v, %v", r, err)
		}
	}
	if got, err := ReadFile("gs://b/w/run.yaml"); err != nil || string(got) != "new" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := ReadFile("gs://b/w/level-1/x.bin"); err != nil || string(got) != "b" {
		t.Errorf("got %q, %v", got, err)
	}
	s.Put("gs://b/w/placeholder/", nil) // as a console makes for a folder
	for dir, want := range map[string]string{"gs://b/w": "run.yaml", "gs://b": "", "gs://b/w/level-1/": "x.bin", "gs://b/none": "", "gs://b/w/placeholder": ""} {
		if got, err := List(dir); err != nil || strings.Join(got, " ") != want {
			t.Errorf("files of %s: got %q, %v want %q", dir, got, err, want)
		}
	}
	for dir, want := range map[string]string{"gs://b/w": "level-1 objects placeholder", "gs://b/": "w", "gs://b/w/level-1": ""} {
		if got, err := Folders(dir); err != nil || strings.Join(got, " ") != want {
			t.Errorf("folders of %s: got %q, %v want %q", dir, got, err, want)
		}
	}
	for range 2 { // what is gone is success
		if err := Remove("gs://b/w/run.yaml", nil); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(SweepTemporary("gs://b/w"), Probe("gs://b/w")); err != nil {
		t.Error(err)
	}
	want := []string{"gs://b/w/level-1/x.bin", a.Path, b.Path, "gs://b/w/placeholder/"}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.Objects("gs://b/w/")); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

func TestGCSErrors(t *testing.T) {
	s := fakegcs.New(t, "b")
	s.Put("gs://b/x", []byte("abc"))
	_, err := Open("gs://b/gone")
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "gs://b/gone: file does not exist" {
		t.Errorf("gone: got %v", err)
	}
	calls := map[string]func(string) error{
		"open":    func(p string) error { _, err := Open(p); return err },
		"commit":  func(p string) error { _, err := Commit(p, "y", "", text("")); return err },
		"publish": func(p string) error { _, err := Publish(p, nil, text("")); return err },
		"list":    func(p string) error { _, err := List(p); return err },
		"folders": func(p string) error { _, err := Folders(p); return err },
		"remove":  func(p string) error { return Remove(p, nil) },
		"alias":   func(p string) error { return Alias(Ref{Path: "gs://b/x", Size: 3}, p, nil) },
		"digest":  func(p string) error { return CheckDigest(Ref{Path: p}) },
	}
	for name, call := range calls {
		if err := call("gs:///x"); err == nil || err.Error() != "gs:///x: names no bucket; write gs://bucket/name" && name != "commit" && name != "list" && name != "folders" {
			t.Errorf("%s without a bucket: got %v", name, err)
		}
		if name == "remove" || name == "alias" || name == "digest" {
			continue // what is gone is success there, or named itself
		}
		err := call("gs://none/x")
		if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "there is no bucket gs://none; create it") {
			t.Errorf("%s in no bucket: got %v", name, err)
		}
	}
	s.Inject(fakegcs.Fault{Status: http.StatusForbidden, Message: "me@p.iam does not have storage.objects.get access"})
	for name, call := range calls {
		err := call("gs://b/x")
		if err == nil || strings.Contains(err.Error(), "\n") ||
			!strings.Contains(err.Error(), "access denied (403: me@p.iam does not have storage.objects.get access); give the account that this runs as the role roles/storage.objectUser on gs://b") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	retryFor = 200 * time.Millisecond
	defer func() { retryFor = 2 * time.Second }()
	s = fakegcs.New(t, "b") // for a client that knows it
	s.Inject(fakegcs.Fault{Status: http.StatusServiceUnavailable})
	for name, call := range calls {
		err := call("gs://b/x")
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "Cloud Storage did not answer rightly for 200ms") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestGCSRefusesWhatIsCompressedByTheService(t *testing.T) {
	s := fakegcs.New(t, "b")
	s.PutEncoded("gs://b/x", "gzip", []byte("abc"))
	if _, err := Open("gs://b/x"); err == nil || !strings.HasPrefix(err.Error(), "gs://b/x: is stored with Content-Encoding gzip") {
		t.Errorf("got %v", err)
	}
}

// TestGCSReadsAhead: a reader that goes on makes few requests, wherever it began,
// and gets every byte.
func TestGCSReadsAhead(t *testing.T) {
	s := fakegcs.New(t, "b")
	content := noise(20*gcsBlock + 12_345)
	s.Put("gs://b/x", content)
	for name, c := range map[string]struct {
		piece, from, most int
	}{
		"4 KiB": {4 << 10, 0, 6}, "odd": {1_000_003, 17, 6}, "from the middle": {64 << 10, 9*gcsBlock + 5, 5},
		"all at once": {len(content), 0, 1}, "a shard": {8 * gcsBlock, 3, 5},
	} {
		f, err := Open("gs://b/x")
		if err != nil {
			t.Fatal(err)
		}
		s.Reset()
		var got []byte
		b := make([]byte, c.piece)
		for off := int64(c.from); ; {
			n, err := f.ReadAt(b, off)
			got = append(got, b[:n]...)
			off += int64(n)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if off == f.Size() {
				break
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(got, content[c.from:]) {
			t.Errorf("%s: read %d bytes, or others", name, len(got))
		}
		if n := s.Count(fakegcs.Read); n > c.most {
			t.Errorf("%s: got %d requests want at most %d", name, n, c.most)
		}
		if n := s.BytesRead(); n > int64(len(content)+gcsBlock) {
			t.Errorf("%s: %d bytes were sent of %d", name, n, len(content))
		}
	}
	f, err := Open("gs://b/x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := f.ReadAt(make([]byte, 1), f.Size()); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("at the end: got %d, %v", n, err)
	}
	if n, err := f.ReadAt(make([]byte, 9), f.Size()-4); n != 4 || !errors.Is(err, io.EOF) {
		t.Errorf("over the end: got %d, %v", n, err)
	}
}

// TestGCSConcurrentReads of one file from many places, with faults.
func TestGCSConcurrentReads(t *testing.T) {
	s := fakegcs.New(t, "b")
	content := noise(9*gcsBlock + 1)
	s.Put("gs://b/x", content)
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Read}, Every: 3, Cut: true})
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Read}, Every: 4, Status: 503})
	f, err := Open("gs://b/x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var wg sync.WaitGroup
	for g := range 7 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(g)))
			for range 30 {
				off := r.Int64N(f.Size())
				b := make([]byte, min(f.Size()-off, 1+r.Int64N(gcsBlock/2)))
				if n, err := f.ReadAt(b, off); err != nil && !errors.Is(err, io.EOF) || n != len(b) || !bytes.Equal(b, content[off:off+int64(n)]) {
					t.Errorf("%d bytes at %d: got %d, %v", len(b), off, n, err)
				}
			}
		})
	}
	wg.Wait()
	if s.Struck() == 0 {
		t.Error("no fault struck")
	}
}

// TestGCSReadsOneGeneration: what replaces an object is never mixed into it.
func TestGCSReadsOneGeneration(t *testing.T) {
	s := fakegcs.New(t, "b")
	s.Put("gs://b/x", bytes.Repeat([]byte("old."), gcsBlock))
	f, err := Open("gs://b/x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 8)
	if _, err := f.ReadAt(b, 0); err != nil || string(b) != "old.old." {
		t.Fatalf("got %q, %v", b, err)
	}
	s.Put("gs://b/x", bytes.Repeat([]byte("new."), gcsBlock))
	if _, err := f.ReadAt(b, 2*gcsBlock); err == nil || err.Error() != "was replaced or removed while it was read" {
		t.Errorf("got %q, %v", b, err)
	}
}
