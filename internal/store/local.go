package store

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// local is the file system of the machine.
type local struct{}

var _ backend = local{}

// temporarySuffix ends the names of files that are being written.
const temporarySuffix = ".leveler-tmp"

type localFile struct {
	*os.File
	size int64
}

func (f localFile) Size() int64 { return f.size }

func (local) open(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if st.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s: is a folder, need a file", path), f.Close())
	}
	return localFile{f, st.Size()}, nil
}

// plain turns "open x: no such file" into "x: no such file", the form of all
// our messages. Of a link or a rename it names the new path.
func plain(err error) error {
	switch e := err.(type) { //nolint:errorlint // what others have wrapped, they have worded
	case *fs.PathError:
		return fmt.Errorf("%s: %w", e.Path, e.Err)
	case *os.LinkError:
		return fmt.Errorf("%s: %w", e.New, e.Err)
	}
	return err
}

// digestWriter counts and digests what passes through.
type digestWriter struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (d *digestWriter) Write(p []byte) (int, error) {
	n, err := d.w.Write(p)
	d.h.Write(p[:n])
	d.n += int64(n)
	return n, err
}

// temporaryName is a new name in dir for a file that is being written.
func temporaryName(dir string) string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return filepath.Join(dir, "."+hex.EncodeToString(id[:])+temporarySuffix)
}

// writeTemporary writes a new file beside its final name and returns its path.
// When write fails or panics nothing is left.
func writeTemporary(dir string, durable bool, write func(io.Writer) error) (tmp string, r Ref, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", Ref{}, plain(err)
	}
	tmp = temporaryName(dir)
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", Ref{}, unnamed(err, tmp)
	}
	whole := false
	defer func(path string) {
		if !whole {
			_ = os.Remove(path) // the error that led here says more
		}
	}(tmp)
	if r, err = fill(f, durable, write); err != nil {
		return "", Ref{}, unnamed(err, tmp)
	}
	whole = true
	return tmp, r, nil
}

// fill writes what write writes and closes f.
func fill(f *os.File, durable bool, write func(io.Writer) error) (r Ref, err error) {
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	buf := bufio.NewWriterSize(f, 1<<18)
	dw := &digestWriter{w: buf, h: sha256.New()}
	if err := write(dw); err != nil {
		return Ref{}, err
	}
	if err := buf.Flush(); err != nil {
		return Ref{}, err
	}
	if durable {
		if err := f.Sync(); err != nil {
			return Ref{}, err
		}
	}
	return Ref{Size: dw.n, SHA256: hex.EncodeToString(dw.h.Sum(nil))}, nil
}

// unnamed takes the temporary name out of an error: the user knows the final
// one, which the caller puts before it.
func unnamed(err error, tmp string) error {
	var pe *fs.PathError
	if errors.As(err, &pe) && pe.Path == tmp {
		return pe.Err
	}
	return err
}

func (local) commit(dir, prefix, ext string, durable bool, write func(io.Writer) error) (Ref, error) {
	tmp, r, err := writeTemporary(dir, durable, write)
	if err != nil {
		return Ref{}, fmt.Errorf("writing %s: %w", filepath.Join(dir, prefix+ext), err)
	}
	r.Path = filepath.Join(dir, prefix+"-"+r.SHA256[:16]+ext)
	err = os.Link(tmp, r.Path)
	if errors.Is(err, fs.ErrExist) {
		if CheckDigest(r) == nil {
			return r, os.Remove(tmp)
		}
		// Only a crash of the machine before the data reached the disk leaves
		// something else under this name.
		if err = os.Rename(tmp, r.Path); err == nil {
			return r, nil
		}
	}
	if err != nil {
		return Ref{}, errors.Join(plain(err), os.Remove(tmp))
	}
	return r, os.Remove(tmp)
}

func (local) publish(path string, guard Guard, write func(io.Writer) error) (Ref, error) {
	tmp, r, err := writeTemporary(filepath.Dir(path), true, write)
	if err != nil {
		return Ref{}, fmt.Errorf("writing %s: %w", path, err)
	}
	if err = guard.check(); err == nil {
		err = plain(os.Rename(tmp, path))
	}
	if err != nil {
		return Ref{}, errors.Join(err, os.Remove(tmp))
	}
	r.Path = path
	return r, syncDir(filepath.Dir(path))
}

func (local) sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return plain(err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir makes a rename durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return plain(err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func (local) alias(from Ref, to string, guard Guard) error {
	if err := guard.check(); err != nil {
		return err
	}
	a, errA := os.Stat(from.Path)
	b, errB := os.Stat(to)
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return nil
	}
	err := linkOver(from.Path, to)
	if cannot := (*os.LinkError)(nil); errors.As(err, &cannot) {
		if errA != nil {
			return plain(errA)
		}
		return fmt.Errorf("%s: cannot link to %s: %w", to, from.Path, cannot.Err)
	}
	return err
}

func (local) list(dir string) ([]string, error) {
	return entries(dir, func(e fs.DirEntry) bool {
		return e.Type().IsRegular() && !strings.HasSuffix(e.Name(), temporarySuffix)
	})
}

func (local) folders(dir string) ([]string, error) { return entries(dir, fs.DirEntry.IsDir) }

// entries returns the names in dir that keep holds for, sorted.
func entries(dir string, keep func(fs.DirEntry) bool) ([]string, error) {
	es, err := os.ReadDir(dir) // sorted by name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, plain(err)
	}
	var names []string
	for _, e := range es {
		if keep(e) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (local) remove(path string, guard Guard) error {
	if err := guard.check(); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plain(err)
	}
	return nil
}

func (local) check(r Ref) error { return readDigest(r) }

func (local) probe(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		tmp := temporaryName(dir)
		if err = os.WriteFile(tmp, nil, 0o600); err == nil {
			return os.Remove(tmp)
		}
	}
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", dir, err)
}

func (local) sweepTemporary(dir string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() && strings.HasSuffix(d.Name(), temporarySuffix) {
			return os.Remove(path)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return plain(err)
}
