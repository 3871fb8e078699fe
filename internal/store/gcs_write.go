package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"cloud.google.com/go/storage"
)

// uploadChunk is how much of a large upload one request carries: a multiple of
// 256 KiB. Tests make it small.
var uploadChunk int64 = 16 << 20

// uploadSpeed, bytes per second, is what an upload must reach at least.
const uploadSpeed = 128 << 10

// put uploads a spool under conditions. It begins again where the client gives
// up, for as long as a request is repeated.
func (s *spool) put(ctx context.Context, o *storage.ObjectHandle, cond storage.Conditions) (generation int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeFor(s.size))
	defer cancel()
	begun, pause := time.Now(), firstPause
	for {
		generation, err = s.upload(ctx, o, cond)
		if err == nil || !storage.ShouldRetry(err) && !s.gone(err) || ctx.Err() != nil || time.Since(begun) > retryFor {
			return generation, err
		}
		time.Sleep(pause)
		pause = min(2*pause, 10*time.Second)
	}
}

// gone tells whether the service has forgotten an upload in several parts: it
// lost it, or it is done and the answer was lost.
func (s *spool) gone(err error) bool {
	code := gcsCode(err)
	return s.size >= uploadChunk && (code == http.StatusGone || code == http.StatusNotFound && !noBucket(err))
}

func (s *spool) upload(ctx context.Context, o *storage.ObjectHandle, cond storage.Conditions) (generation int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := o.If(cond).NewWriter(ctx)
	// One request where it fits, which the client can repeat from its buffer.
	w.ChunkSize = int(min(uploadChunk, s.size/(256<<10)*(256<<10)+(256<<10)))
	w.ChunkRetryDeadline = retryFor
	w.ContentType = "application/octet-stream"
	w.SendCRC32C, w.CRC32C = true, s.crc.Sum32() // the service refuses other content
	w.Metadata = map[string]string{digestKey: hexDigest(s.sha.Sum(nil))}
	if _, err := io.Copy(w, s.reader()); err != nil {
		cancel()      // or Close would commit what has come so far
		_ = w.Close() // the error before it says more
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return w.Attrs().Generation, nil
}

// timeFor bounds the way of size bytes, its repetitions included.
func timeFor(size int64) time.Duration {
	return 2*retryFor + time.Duration(size/uploadSpeed)*time.Second
}

// holds tells whether an object has the spool's content.
func (s *spool) holds(attrs *storage.ObjectAttrs) bool {
	return attrs.Size == s.size && attrs.CRC32C == s.crc.Sum32() &&
		(attrs.Metadata[digestKey] == "" || attrs.Metadata[digestKey] == hexDigest(s.sha.Sum(nil)))
}

func (s *spool) ref(path string) Ref {
	return Ref{Path: path, Size: s.size, SHA256: hexDigest(s.sha.Sum(nil))}
}

// conflict tells whether a precondition did not hold.
func conflict(err error) bool { return gcsCode(err) == http.StatusPreconditionFailed }

// commit needs no durable: an upload that was answered is on several disks.
func (gcs) commit(dir, prefix, ext string, _ bool, write func(io.Writer) error) (Ref, error) {
	s, err := fillSpool(write)
	if err != nil {
		return Ref{}, fmt.Errorf("writing %s: %w", Join(dir, prefix+ext), err)
	}
	defer s.close()
	r := s.ref("")
	r.Path = Join(dir, prefix+"-"+r.SHA256[:16]+ext)
	o, err := gcsObject(r.Path)
	if err != nil {
		return Ref{}, err
	}
	_, err = s.put(context.Background(), o, match(0))
	if conflict(err) {
		var attrs *storage.ObjectAttrs
		if _, attrs, err = gcsStat(r.Path); err != nil {
			return Ref{}, err
		}
		if s.holds(attrs) {
			return r, nil
		}
		// Nobody but another program puts something else under this name.
		_, err = s.put(context.Background(), o, match(attrs.Generation))
	}
	if err != nil {
		return Ref{}, gcsError(r.Path, err)
	}
	return r, nil
}

// errRaced says that a public name changed between the look and the write, again
// and again.
var errRaced = errors.New("another program writes to it at the same time")

// replace changes the object at path: attempt gets what stands there (nil for
// nothing) and the condition that it still does, after guard has allowed it. A
// conflict begins it again, so that the last word is that of the lock's holder.
func replace(path string, guard Guard, attempt func(*storage.ObjectHandle, *storage.ObjectAttrs, storage.Conditions) error) error {
	for range 5 {
		o, attrs, err := gcsStat(path)
		cond := match(0)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if o, err = gcsObject(path); err != nil {
				return err
			}
			attrs = nil
		case err != nil:
			return err
		default:
			cond = match(attrs.Generation)
		}
		if err := guard.check(); err != nil {
			return err
		}
		if err = attempt(o, attrs, cond); !conflict(err) {
			return err
		}
	}
	return fmt.Errorf("%s: %w", path, errRaced)
}

func (gcs) publish(path string, guard Guard, write func(io.Writer) error) (Ref, error) {
	s, err := fillSpool(write)
	if err != nil {
		return Ref{}, fmt.Errorf("writing %s: %w", path, err)
	}
	defer s.close()
	err = replace(path, guard, func(o *storage.ObjectHandle, attrs *storage.ObjectAttrs, cond storage.Conditions) error {
		if attrs != nil && s.holds(attrs) {
			return nil // also when the answer to our own write was lost
		}
		_, err := s.put(context.Background(), o, cond)
		if conflict(err) {
			return err
		}
		return gcsError(path, err)
	})
	return s.ref(path), err
}

// alias copies on the service; nothing passes through this machine.
func (gcs) alias(from Ref, to string, guard Guard) error {
	if !IsRemote(from.Path) {
		return fmt.Errorf("%s: cannot be an alias of %s, which lies on another storage", to, from.Path)
	}
	src, err := gcsObject(from.Path)
	if err != nil {
		return err
	}
	return replace(to, guard, func(dst *storage.ObjectHandle, attrs *storage.ObjectAttrs, cond storage.Conditions) error {
		if attrs != nil && from.SHA256 != "" && attrs.Size == from.Size && attrs.Metadata[digestKey] == from.SHA256 {
			return nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeFor(from.Size))
		defer cancel()
		_, err := dst.If(cond).CopierFrom(src).Run(ctx)
		if conflict(err) {
			return err
		}
		if gcsCode(err) == http.StatusNotFound {
			return gcsError(from.Path, err)
		}
		return gcsError(to, err)
	})
}

func (gcs) remove(path string, guard Guard) error {
	if err := guard.check(); err != nil {
		return err
	}
	o, err := gcsObject(path)
	if err != nil {
		return err
	}
	ctx, cancel := gcsContext()
	defer cancel()
	if err := gcsError(path, o.Delete(ctx)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (gcs) sync(string) error { return nil }

// sweepTemporary has nothing to do: an upload that ended early left nothing.
func (gcs) sweepTemporary(string) error { return nil }
