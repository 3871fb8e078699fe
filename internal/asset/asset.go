// Package asset brings the files that a program opens by name, such as models
// and shared libraries, from any storage to this machine.
package asset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"leveler/internal/store"
)

// Asset is a file on this machine.
type Asset struct {
	Path   string // absolute
	SHA256 string
}

// copying lets one goroutine at a time copy: instances of one DoFn ask at once.
var copying sync.Mutex

// Local returns a file that is local where it lies, and a copy of one on another
// storage, which is kept by digest in the user's cache folder (or the temporary
// one). Where digest, a SHA-256 in hex, is not empty, other content is an error.
func Local(path, digest string) (Asset, error) {
	if !store.IsRemote(path) {
		abs, err := filepath.Abs(path)
		if err != nil {
			return Asset{}, err
		}
		got, err := copyAndHash(io.Discard, path)
		if err != nil {
			return Asset{}, err
		}
		return Asset{Path: abs, SHA256: got}, check(path, got, digest)
	}
	copying.Lock()
	defer copying.Unlock()
	dir, err := folder()
	if err != nil {
		return Asset{}, err
	}
	base := path[strings.LastIndexByte(path, '/')+1:]
	if digest != "" {
		a := Asset{Path: filepath.Join(dir, digest, base), SHA256: digest}
		if got, err := copyAndHash(io.Discard, a.Path); err == nil && got == digest {
			return a, nil
		}
	}
	return download(path, digest, dir, base)
}

// folder is where copies are kept.
func folder() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir() // a container may have no home
	}
	dir = filepath.Join(dir, "leveler", "assets")
	return dir, os.MkdirAll(dir, 0o755)
}

// download copies a file to dir/<its digest>/base.
func download(path, digest, dir, base string) (a Asset, err error) {
	if err := sweep(dir); err != nil {
		return Asset{}, err
	}
	tmp, err := os.CreateTemp(dir, ".copy-*")
	if err != nil {
		return Asset{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
		}
	}()
	a.SHA256, err = copyAndHash(tmp, path)
	if err != nil {
		return Asset{}, err
	}
	if err = check(path, a.SHA256, digest); err != nil {
		return Asset{}, err
	}
	a.Path = filepath.Join(dir, a.SHA256, base)
	if err = os.MkdirAll(filepath.Dir(a.Path), 0o755); err != nil {
		return Asset{}, err
	}
	if err = tmp.Close(); err != nil {
		return Asset{}, err
	}
	return a, os.Rename(tmp.Name(), a.Path)
}

// oldCopy is for how long nothing has been written to a copy that nobody is making any
// more.
const oldCopy = time.Hour

// sweep removes what killed processes were copying.
func sweep(dir string) error {
	copies, err := filepath.Glob(filepath.Join(dir, ".copy-*"))
	if err != nil {
		return err
	}
	for _, c := range copies {
		info, err := os.Lstat(c)
		if err == nil && time.Since(info.ModTime()) > oldCopy {
			err = os.Remove(c)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // another process may sweep too
			return err
		}
	}
	return nil
}

// copyAndHash copies a file and returns its SHA-256.
func copyAndHash(w io.Writer, path string) (string, error) {
	f, err := store.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.CopyBuffer(io.MultiWriter(h, w), io.NewSectionReader(f, 0, f.Size()), make([]byte, 4<<20)); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func check(path, got, want string) error {
	if want != "" && got != want {
		return fmt.Errorf("%s: its SHA-256 is %s, want %s: it is not the file that the configuration or the driver named", path, got, want)
	}
	return nil
}
