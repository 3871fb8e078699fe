// Package store reads and commits the files a run is made of, on whatever
// storage a path names.
//
// # Commit protocol
//
// Workers write immutable, content-addressed files only: a committed name ends
// in the digest of its content, so that 'it exists already' is success and a
// retried or duplicated attempt can harm nothing. Only the driver replaces
// public names, atomically, and on a remote storage only while it holds the
// work folder's lease (a [Guard]).
package store

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// Ref names a committed file with what is needed to trust it later.
type Ref struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// IsZero tells whether r names nothing.
func (r Ref) IsZero() bool { return r.Path == "" }

// File is an open file that is read by ranges.
type File interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// backend is one kind of storage. Paths reach it whole, scheme included.
type backend interface {
	open(path string) (File, error)
	// commit writes an immutable file dir/<prefix>-<digest><ext>; durable asks
	// that it survives the machine, not only the process.
	commit(dir, prefix, ext string, durable bool, write func(io.Writer) error) (Ref, error)
	// publish replaces path atomically by what write writes.
	publish(path string, guard Guard, write func(io.Writer) error) (Ref, error)
	// alias gives a committed file a public name, without a copy where possible.
	alias(from Ref, to string, guard Guard) error
	// sync makes a file committed as a cache survive the machine.
	sync(path string) error
	list(dir string) ([]string, error)
	folders(dir string) ([]string, error)
	remove(path string, guard Guard) error
	sweepTemporary(dir string) error
	// check compares a file with its digest.
	check(r Ref) error
	// probe tries what committing to dir will do.
	probe(dir string) error
}

// Guard is asked before a public name changes, after what stands there has been
// looked at, whether the caller may still change it. nil allows everything.
type Guard func() error

func (g Guard) check() error {
	if g == nil {
		return nil
	}
	return g()
}

// backends by URL scheme; the empty scheme is the local file system.
var backends = map[string]backend{"": local{}, gcsScheme: gcs{}}

func forPath(path string) (backend, error) {
	if err := Supported(path); err != nil {
		return nil, err
	}
	scheme, _, remote := strings.Cut(path, "://")
	if !remote {
		scheme = ""
	}
	return backends[scheme], nil
}

// Supported refuses a path on a storage that there is no backend for.
func Supported(path string) error {
	scheme, _, remote := strings.Cut(path, "://")
	if _, ok := backends[scheme]; remote && !ok {
		return fmt.Errorf("%s: storage %s:// is not supported; give a local path or one on gs://", path, scheme)
	}
	return nil
}

// Open opens path for reading by ranges.
func Open(path string) (File, error) {
	b, err := forPath(path)
	if err != nil {
		return nil, err
	}
	return b.open(path)
}

// ReadFile reads the whole of a small file.
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	b := make([]byte, f.Size())
	if _, err := f.ReadAt(b, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// Commit writes an immutable file dir/<prefix>-<digest><ext> that survives a
// crash of the machine, and returns its reference.
func Commit(dir, prefix, ext string, write func(io.Writer) error) (Ref, error) {
	b, err := forPath(dir)
	if err != nil {
		return Ref{}, err
	}
	return b.commit(dir, prefix, ext, true, write)
}

// CommitCache is Commit for what can be made again: it survives a kill of the
// process, not a crash of the machine, and its reader must check the digest.
func CommitCache(dir, prefix, ext string, write func(io.Writer) error) (Ref, error) {
	b, err := forPath(dir)
	if err != nil {
		return Ref{}, err
	}
	return b.commit(dir, prefix, ext, false, write)
}

// Publish replaces path atomically by what write writes. Only the driver calls it,
// through the ledger.
func Publish(path string, guard Guard, write func(io.Writer) error) (Ref, error) {
	b, err := forPath(path)
	if err != nil {
		return Ref{}, err
	}
	return b.publish(path, guard, write)
}

// Alias gives the committed file a public name. Only the driver calls it, through
// the ledger.
func Alias(from Ref, to string, guard Guard) error {
	b, err := forPath(to)
	if err != nil {
		return err
	}
	return b.alias(from, to, guard)
}

// Sync makes a file that CommitCache wrote survive a crash of the machine.
func Sync(r Ref) error {
	b, err := forPath(r.Path)
	if err != nil {
		return err
	}
	return b.sync(r.Path)
}

// List returns the names (not paths) of the files in dir, sorted; a dir that
// does not exist has none.
func List(dir string) ([]string, error) {
	b, err := forPath(dir)
	if err != nil {
		return nil, err
	}
	return b.list(dir)
}

// Folders returns the names of the folders in dir, sorted.
func Folders(dir string) ([]string, error) {
	b, err := forPath(dir)
	if err != nil {
		return nil, err
	}
	return b.folders(dir)
}

// Remove removes one file; one that is gone already is success.
func Remove(path string, guard Guard) error {
	b, err := forPath(path)
	if err != nil {
		return err
	}
	return b.remove(path, guard)
}

// SweepTemporary removes what killed writers left below dir. The caller holds
// the lock of the work folder.
func SweepTemporary(dir string) error {
	b, err := forPath(dir)
	if err != nil {
		return err
	}
	return b.sweepTemporary(dir)
}

// Probe tries whether files can be committed to dir, before hours of work.
func Probe(dir string) error {
	b, err := forPath(dir)
	if err != nil {
		return err
	}
	return b.probe(dir)
}

// Join joins a folder and names below it, whatever the storage. A file has one
// path: it is the form that Commit gives to references.
func Join(dir string, names ...string) string {
	if IsRemote(dir) {
		return strings.TrimRight(dir, "/") + "/" + strings.Join(names, "/")
	}
	return filepath.Join(append([]string{dir}, names...)...)
}
