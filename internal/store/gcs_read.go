package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"cloud.google.com/go/storage"
)

// gcsFile is one generation of an object: what replaces it later is not seen.
type gcsFile struct {
	path   string
	object *storage.ObjectHandle
	attrs  *storage.ObjectAttrs
	cache  *readCache // nil for none

	mu      sync.Mutex
	streams []*gcsStream // the most recently used first
}

// gcsBlock is the unit of buffers and of the read cache. A reader that goes on
// asks for windows of 1, 2, 4 … maxWindow blocks, each in one request.
const (
	gcsBlock   = 2 << 20
	maxWindow  = 16
	maxStreams = 4 // places of a file that are read on from; a buffer of a block each
)

func (gcs) open(path string) (File, error) {
	f, err := openGCS(path)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func openGCS(path string) (*gcsFile, error) {
	o, attrs, err := gcsStat(path)
	if err != nil {
		return nil, err
	}
	if attrs.ContentEncoding == "gzip" {
		return nil, fmt.Errorf("%s: is stored with Content-Encoding gzip, of which no range can be read; upload it without (gcloud storage cp, no -Z or -z)", path)
	}
	o = o.Generation(attrs.Generation).Retryer(storage.WithPolicy(storage.RetryNever)) // fetch repeats
	return &gcsFile{path: path, object: o, attrs: attrs}, nil
}

func gcsStat(path string) (*storage.ObjectHandle, *storage.ObjectAttrs, error) {
	o, err := gcsObject(path)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := gcsContext()
	defer cancel()
	attrs, err := o.Attrs(ctx)
	if err != nil {
		return nil, nil, gcsError(path, err)
	}
	return o, attrs, nil
}

func (f *gcsFile) Size() int64 { return f.attrs.Size }

// Close ends the requests that read ahead.
func (f *gcsFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.streams {
		s.mu.Lock()
		s.stop()
		s.mu.Unlock()
	}
	f.streams = nil
	return nil
}

// ReadAt reads by blocks. It may be called by several goroutines: each place
// that is read on from has a buffer of its own.
func (f *gcsFile) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	want := min(int64(len(p)), max(0, f.Size()-off))
	last := (off + want - 1) / gcsBlock
	for int64(n) < want {
		at := off + int64(n)
		s := f.stream(at / gcsBlock)
		m, err := s.read(p[n:want], at, last)
		s.mu.Unlock()
		n += m
		if err != nil {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// stream returns, locked, the stream that holds the block or comes to it next,
// or the one that was not used for longest.
func (f *gcsFile) stream(block int64) *gcsStream {
	f.mu.Lock()
	at := -1
	for i, s := range f.streams {
		if b := s.block.Load(); b == block || b+1 == block {
			at = i
			break
		}
	}
	switch {
	case at < 0 && len(f.streams) < maxStreams:
		s := &gcsStream{file: f}
		s.block.Store(-2)
		f.streams = append(f.streams, s)
		at = len(f.streams) - 1
	case at < 0:
		at = len(f.streams) - 1
	}
	s := f.streams[at]
	copy(f.streams[1:at+1], f.streams[:at])
	f.streams[0] = s
	f.mu.Unlock()
	s.mu.Lock()
	return s
}

// fetch fills b with the object's content from off on, over r where that stands
// there, and returns the reader that stands behind it. It begins again where the
// connection broke, as long as bytes come.
func (f *gcsFile) fetch(b []byte, off int64, r *gcsReader, end int64) (*gcsReader, error) {
	progress := time.Now()
	pause := firstPause
	for n := 0; n < len(b); {
		at := off + int64(n)
		var err error
		if r == nil || r.at != at {
			r.stop()
			r, err = f.request(at, max(end, off+int64(len(b))))
		}
		if err == nil {
			var m int
			m, err = r.read(b[n:])
			if n += m; m > 0 {
				progress, pause = time.Now(), firstPause
			}
		}
		switch {
		case err == nil || n == len(b):
			continue
		case errors.Is(err, storage.ErrObjectNotExist):
			r.stop()
			return nil, errors.New("was replaced or removed while it was read")
		case !again(err) || time.Since(progress) > retryFor:
			r.stop()
			return nil, gcsFault(f.path, err)
		}
		r.stop()
		r = nil
		time.Sleep(pause)
		pause = min(2*pause, 10*time.Second)
	}
	return r, nil
}

// again tells whether a read can be repeated: it failed, stalled or ended early.
func again(err error) bool {
	return storage.ShouldRetry(err) || errors.Is(err, errStalled) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

var errStalled = errors.New("no byte came")

// gcsReader is one request that reads a range.
type gcsReader struct {
	r       *storage.Reader
	at, end int64
	cancel  context.CancelCauseFunc
	ctx     context.Context //nolint:containedctx // of the request, which outlives the call that made it
	stalled *time.Timer
}

func (f *gcsFile) request(off, end int64) (*gcsReader, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	end = min(end, f.Size())
	g := &gcsReader{at: off, end: end, ctx: ctx, cancel: cancel, stalled: time.AfterFunc(stallAfter, func() { cancel(errStalled) })}
	r, err := f.object.NewRangeReader(ctx, off, end-off)
	if err != nil {
		g.stop()
		return nil, g.cause(err)
	}
	g.stalled.Stop()
	g.r = r
	return g, nil
}

func (g *gcsReader) read(b []byte) (int, error) {
	g.stalled.Reset(stallAfter)
	defer g.stalled.Stop()
	n, err := g.r.Read(b)
	g.at += int64(n)
	return n, g.cause(err)
}

// cause says that a request stalled rather than that it was cancelled.
func (g *gcsReader) cause(err error) error {
	if err != nil && context.Cause(g.ctx) == errStalled { //nolint:errorlint // the cause is set as it is
		return fmt.Errorf("%w for %v", errStalled, stallAfter)
	}
	return err
}

func (g *gcsReader) stop() {
	if g == nil {
		return
	}
	g.stalled.Stop()
	g.cancel(nil)
	if g.r != nil {
		g.r.Close() //nolint:errcheck,gosec // what it read was checked
	}
}

// check compares what was stored with the object: the service itself verified
// the content against its CRC when it was uploaded, with our digest beside it.
func (g gcs) check(r Ref) error {
	_, attrs, err := gcsStat(r.Path)
	if err != nil {
		return err
	}
	if attrs.Metadata[digestKey] == r.SHA256 && attrs.Size == r.Size {
		return nil
	}
	if attrs.Metadata[digestKey] == "" && attrs.Size == r.Size {
		return readDigest(r) // uploaded by another program
	}
	return notCommitted(r, attrs.Size, attrs.Metadata[digestKey])
}

// digestKey is the metadata of an object that hold its SHA-256, in hexadecimal.
const digestKey = "leveler-sha256"

func hexDigest(sum []byte) string { return hex.EncodeToString(sum) }
