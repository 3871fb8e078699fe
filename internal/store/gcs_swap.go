package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"time"

	"cloud.google.com/go/storage"
)

// ErrChanged says that an object is not of the generation that was expected.
var ErrChanged = errors.New("was changed by another program")

// ReadGeneration reads a small object of a remote storage and its generation, 0
// where there is none.
func ReadGeneration(path string) (content []byte, generation int64, err error) {
	f, err := openGCS(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	b := make([]byte, f.Size())
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return b, f.attrs.Generation, nil
}

// Swap replaces an object of the given generation, 0 for none, by content, which
// must differ from all that others write, and returns the new generation. It is
// ErrChanged when another one is there. It gives up when ctx ends.
func Swap(ctx context.Context, path string, generation int64, content []byte) (int64, error) {
	o, err := gcsObject(path)
	if err != nil {
		return 0, err
	}
	s, err := fillSpool(func(w io.Writer) error { _, err := w.Write(content); return err })
	if err != nil {
		return 0, err
	}
	defer s.close()
	next, err := s.put(ctx, o, match(generation))
	if !conflict(err) {
		return next, gcsError(path, err)
	}
	now, at, err := ReadGeneration(path)
	switch {
	case err != nil:
		return 0, err
	case at != 0 && bytes.Equal(now, content):
		return at, nil // it was this call: the answer was lost
	}
	return 0, ErrChanged
}

// RemoveGeneration removes an object if it is still of the given generation.
func RemoveGeneration(ctx context.Context, path string, generation int64) error {
	o, err := gcsObject(path)
	if err != nil {
		return err
	}
	err = o.If(match(generation)).Delete(ctx)
	if conflict(err) || gcsCode(err) == 404 {
		return nil // it is another's now, or gone
	}
	return gcsError(path, err)
}

// Age is how long ago an object was written, by the service's own clock, which a
// small object beside it tells.
func Age(ctx context.Context, path string) (time.Duration, error) {
	_, attrs, err := gcsStat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return math.MaxInt64, nil
	}
	if err != nil {
		return 0, err
	}
	clock := path + ".clock-" + rand.Text()
	if _, err := Swap(ctx, clock, 0, nil); err != nil {
		return 0, err
	}
	_, now, err := gcsStat(clock)
	if err != nil {
		return 0, err
	}
	return now.Updated.Sub(attrs.Updated), gcs{}.remove(clock, nil)
}

// match is the condition that an object is of a generation, 0 for none.
func match(generation int64) storage.Conditions {
	if generation == 0 {
		return storage.Conditions{DoesNotExist: true}
	}
	return storage.Conditions{GenerationMatch: generation}
}
