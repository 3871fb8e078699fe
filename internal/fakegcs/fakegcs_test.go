package fakegcs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"

	"leveler/internal/fakegcs"
)

// bucket returns a client's bucket "b" that does not repeat what failed.
func bucket(t *testing.T) *storage.BucketHandle {
	t.Helper()
	c, err := storage.NewClient(t.Context(), storage.WithJSONReads())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.Bucket("b").Retryer(storage.WithPolicy(storage.RetryNever))
}

func put(ctx context.Context, o *storage.ObjectHandle, content []byte) error {
	w := o.NewWriter(ctx)
	if _, err := w.Write(content); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

func get(ctx context.Context, o *storage.ObjectHandle) ([]byte, error) {
	r, err := o.NewReader(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func code(err error) int {
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func TestTheRealClient(t *testing.T) {
	s := fakegcs.New(t, "b")
	b := bucket(t)
	ctx := t.Context()
	o := b.Object("a folder/x")
	if err := put(ctx, o, []byte("content")); err != nil {
		t.Fatal(err)
	}
	if got, err := get(ctx, o); err != nil || string(got) != "content" {
		t.Errorf("got %q, %v", got, err)
	}
	r, err := o.NewRangeReader(ctx, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "nte" {
		t.Errorf("a range: got %q, %v", got, err)
	}
	if _, err := b.Object("copy").CopierFrom(o).Run(ctx); err != nil {
		t.Error(err)
	}
	var names []string
	for it := b.Objects(ctx, nil); ; {
		a, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, a.Name)
	}
	if diff := cmp.Diff([]string{"a folder/x", "copy"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"gs://b/a folder/x"}, s.Objects("gs://b/a")); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if err := b.Object("copy").Delete(ctx); err != nil {
		t.Error(err)
	}
	if _, err := b.Object("copy").Attrs(ctx); !errors.Is(err, storage.ErrObjectNotExist) {
		t.Errorf("after its deletion: got %v", err)
	}
	for op, want := range map[fakegcs.Op]int{fakegcs.Write: 1, fakegcs.Read: 2, fakegcs.Copy: 1, fakegcs.List: 1, fakegcs.Delete: 1, fakegcs.Stat: 1, fakegcs.Other: 0} {
		if got := s.Count(op); got != want {
			t.Errorf("%s: got %d requests want %d", op, got, want)
		}
	}
	if got := s.Count(); got != 7 {
		t.Errorf("got %d requests want 7", got)
	}
	if got := s.BytesRead(); got != 7+3 {
		t.Errorf("got %d bytes read want 10", got)
	}
}

// TestPreconditions: of uploads, in one part and in several, of deletions, of
// copies and of reads.
func TestPreconditions(t *testing.T) {
	s := fakegcs.New(t, "b")
	b := bucket(t)
	ctx := t.Context()
	s.Put("gs://b/x", []byte("first"))
	first := s.Generation("gs://b/x")
	s.Put("gs://b/x", []byte("second"))
	second := s.Generation("gs://b/x")
	if first == 0 || second == first {
		t.Fatalf("generations %d and %d", first, second)
	}
	stale := b.Object("x").If(storage.Conditions{GenerationMatch: first})
	parts := stale.NewWriter(ctx)
	parts.ChunkSize = 256 << 10
	_, werr := parts.Write(make([]byte, 300<<10))
	_, cerr := stale.CopierFrom(b.Object("x")).Run(ctx)
	_, rerr := get(ctx, b.Object("x").Generation(first))
	for name, err := range map[string]error{
		"upload": put(ctx, stale, nil), "in parts": errors.Join(werr, parts.Close()), "delete": stale.Delete(ctx), "copy": cerr,
		"create": put(ctx, b.Object("x").If(storage.Conditions{DoesNotExist: true}), nil),
	} {
		if got := code(err); got != http.StatusPreconditionFailed {
			t.Errorf("%s: got %v want 412", name, err)
		}
	}
	if !errors.Is(rerr, storage.ErrObjectNotExist) {
		t.Errorf("reading the first generation: got %v", rerr)
	}
	if got, err := s.Get("gs://b/x"); err != nil || string(got) != "second" {
		t.Errorf("got %q, %v", got, err)
	}
	fresh := b.Object("x").If(storage.Conditions{GenerationMatch: second})
	if err := put(ctx, fresh, []byte("third")); err != nil {
		t.Error(err)
	}
	if err := put(ctx, b.Object("new").If(storage.Conditions{DoesNotExist: true}), nil); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	s := fakegcs.New(t, "b")
	b := bucket(t)
	ctx := t.Context()
	content := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	s.Put("gs://b/x", content)
	read := func() error {
		got, err := get(ctx, b.Object("x"))
		if err == nil && !bytes.Equal(got, content) {
			t.Error("the content differs")
		}
		return err
	}

	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Read}, Object: "x", Skip: 1, Every: 2, Times: 2, Status: 503})
	for i, want := range []int{0, 503, 0, 503, 0, 0} {
		if got := code(read()); got != want {
			t.Errorf("read %d: got %d want %d", i, got, want)
		}
	}
	if got := s.Struck(); got != 2 {
		t.Errorf("got %d faults want 2", got)
	}

	s.Reset()
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Read}, Cut: true})
	// Not by the client: that begins again for ever.
	res, err := http.Get(s.URL() + "/storage/v1/b/b/o/x?alt=media")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got, err := io.ReadAll(res.Body); !errors.Is(err, io.ErrUnexpectedEOF) || len(got) == 0 || !bytes.HasPrefix(content, got) {
		t.Errorf("a read that was cut: got %d bytes, %v", len(got), err)
	}
	if got := s.BytesRead(); got == 0 || got >= int64(len(content)) {
		t.Errorf("a read that was cut: %d bytes sent of %d", got, len(content))
	}

	s.Reset()
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, Cut: true, Times: 1})
	if err := put(ctx, b.Object("cut"), content); err == nil {
		t.Error("an upload that was cut: want an error")
	}
	if s.Generation("gs://b/cut") != 0 {
		t.Error("an upload that was cut wrote an object")
	}
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, LoseAnswer: true})
	if err := put(ctx, b.Object("lost"), content); err == nil {
		t.Error("an upload without an answer: want an error")
	}
	if got, err := s.Get("gs://b/lost"); err != nil || !bytes.Equal(got, content) {
		t.Errorf("an upload without an answer: got %d bytes, %v", len(got), err)
	}

	s.Reset()
	s.Inject(fakegcs.Fault{Pause: time.Millisecond})
	if err := read(); err != nil {
		t.Error(err)
	}

	s.Reset()
	hold := make(chan struct{})
	s.Inject(fakegcs.Fault{Hold: hold})
	done := make(chan error)
	go func() { done <- read() }()
	for s.Struck() == 0 {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-done:
		t.Errorf("a read that is held returned %v", err)
	default:
	}
	close(hold)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
