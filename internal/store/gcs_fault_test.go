package store

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"leveler/internal/fakegcs"
)

// TestGCSWithFaults: whatever goes wrong now and then, the same bytes are
// written and read, once.
func TestGCSWithFaults(t *testing.T) {
	reads, writings := []fakegcs.Op{fakegcs.Read}, []fakegcs.Op{fakegcs.Write}
	for name, f := range map[string]fakegcs.Fault{
		"503":                  {Every: 2, Status: http.StatusServiceUnavailable},
		"429":                  {Every: 3, Status: http.StatusTooManyRequests},
		"cut reads":            {Ops: reads, Every: 2, Cut: true},
		"slow reads":           {Ops: reads, Pause: time.Millisecond},
		"cut uploads":          {Ops: writings, Every: 2, Cut: true},
		"lost answers":         {Every: 2, LoseAnswer: true},
		"a read hangs":         {Ops: reads, Times: 1, Hold: make(chan struct{})},
		"503 in a long upload": {Ops: writings, Skip: 2, Every: 2, Status: http.StatusServiceUnavailable},
	} {
		s := fakegcs.New(t, "b")
		s.Inject(f)
		for _, size := range []int{10, 3*gcsBlock + 1, int(uploadChunk) + 1000} {
			content := noise(size)
			r, err := Commit("gs://b/o", "x", ".bin", writes(content))
			if err != nil {
				t.Fatalf("%s: %d bytes: %v", name, size, err)
			}
			if got, err := ReadVerified(r); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s: %d bytes: read %d, %v", name, size, len(got), err)
			}
			p, err := Publish("gs://b/public", nil, writes(content))
			if err == nil {
				err = errors.Join(CheckDigest(p), Alias(r, "gs://b/alias", nil), CheckDigest(Ref{"gs://b/alias", r.Size, r.SHA256}), Remove("gs://b/alias", nil))
			}
			if err != nil {
				t.Errorf("%s: %d bytes: %v", name, size, err)
			}
		}
		if names, err := List("gs://b/o"); err != nil || len(names) != 3 {
			t.Errorf("%s: got %q, %v", name, names, err)
		}
		if s.Struck() == 0 {
			t.Errorf("%s: no fault struck", name)
		}
	}
}

func failing(b []byte, err error) func(io.Writer) error {
	return func(w io.Writer) error { return errors.Join(writes(b)(w), err) }
}

// TestGCSFailedWriteLeavesNothing, and an error or a panic of what writes passes
// through.
func TestGCSFailedWriteLeavesNothing(t *testing.T) {
	s := fakegcs.New(t, "b")
	t.Setenv("TMPDIR", t.TempDir())
	broken := errors.New("broken")
	for _, size := range []int{10, spoolMemory + 1} {
		write := failing(noise(size), broken)
		if _, err := Commit("gs://b/o", "x", ".bin", write); !errors.Is(err, broken) || err.Error() != "writing gs://b/o/x.bin: broken" {
			t.Errorf("got %v", err)
		}
		if _, err := Publish("gs://b/x", nil, write); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	}
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, Cut: true})
	if _, err := Commit("gs://b/o", "x", ".bin", writes(noise(1000))); err == nil || !strings.Contains(err.Error(), "gs://b/o/x-") {
		t.Errorf("got %v", err)
	}
	if got := s.Objects("gs://b/"); got != nil {
		t.Errorf("left: %q", got)
	}
}

// TestGCSGuard: what a guard refuses does not happen, and it is asked after the
// look at what stands there.
func TestGCSGuard(t *testing.T) {
	s := fakegcs.New(t, "b")
	r := mustCommit(t, "gs://b/o", []byte("x"))
	s.Put("gs://b/x", []byte("old"))
	lost := errors.New("lost")
	refuse := func() error { return lost }
	_, err := Publish("gs://b/x", refuse, writes([]byte("new")))
	for name, err := range map[string]error{"publish": err, "alias": Alias(r, "gs://b/x", refuse), "remove": Remove("gs://b/x", refuse)} {
		if !errors.Is(err, lost) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got, err := s.Get("gs://b/x"); err != nil || string(got) != "old" {
		t.Errorf("got %q, %v", got, err)
	}
	// The other driver publishes while this one stands between look and write: this
	// one must look again, ask again and find that it may not.
	asked := 0
	_, err = Publish("gs://b/x", func() error {
		if asked++; asked > 1 {
			return lost
		}
		s.Put("gs://b/x", []byte("the other's"))
		return nil
	}, writes([]byte("new")))
	if !errors.Is(err, lost) || asked != 2 {
		t.Errorf("got %v, asked %d times", err, asked)
	}
	if got, err := s.Get("gs://b/x"); err != nil || string(got) != "the other's" {
		t.Errorf("got %q, %v", got, err)
	}
	_, err = Publish("gs://b/x", func() error { s.Put("gs://b/x", []byte("again and again")); return nil }, writes([]byte("new")))
	if !errors.Is(err, errRaced) {
		t.Errorf("got %v", err)
	}
}

func TestSwap(t *testing.T) {
	s := fakegcs.New(t, "b")
	const path = "gs://b/lock"
	ctx := t.Context()
	if _, g, err := ReadGeneration(path); g != 0 || err != nil {
		t.Fatalf("got %d, %v", g, err)
	}
	first, err := Swap(ctx, path, 0, []byte("1"))
	if err != nil || first == 0 {
		t.Fatalf("got %d, %v", first, err)
	}
	if _, err := Swap(ctx, path, 0, []byte("2")); !errors.Is(err, ErrChanged) {
		t.Errorf("over one that is there: got %v", err)
	}
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, LoseAnswer: true, Times: 1})
	second, err := Swap(ctx, path, first, []byte("3"))
	if err != nil || second == first {
		t.Errorf("with its answer lost: got %d, %v", second, err)
	}
	if _, err := Swap(ctx, path, first, []byte("4")); !errors.Is(err, ErrChanged) {
		t.Errorf("of an old generation: got %v", err)
	}
	if b, g, err := ReadGeneration(path); string(b) != "3" || g != second || err != nil {
		t.Errorf("got %q, %d, %v", b, g, err)
	}
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, Object: "clock", Cut: true, Times: 1})
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, Object: "clock", LoseAnswer: true, Times: 1})
	if age, err := Age(ctx, path); err != nil || age < 0 || age > time.Minute {
		t.Errorf("got %v, %v", age, err)
	}
	for _, g := range []int64{first, second, second} {
		if err := RemoveGeneration(ctx, path, g); err != nil {
			t.Error(err)
		}
		if g == first && s.Generation(path) != second {
			t.Error("an old generation's removal removed the new one")
		}
	}
	if got := s.Objects("gs://b/"); got != nil {
		t.Errorf("left: %q", got)
	}
}
