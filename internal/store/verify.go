package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// CheckSize tells whether the file of r is there with the size it was
// committed with.
func CheckSize(r Ref) error {
	f, err := Open(r.Path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	if f.Size() != r.Size {
		return fmt.Errorf("%s: has %d bytes, was committed with %d", r.Path, f.Size(), r.Size)
	}
	return nil
}

// CheckDigest compares the content of r with its digest. A local file is read
// whole; of an object the service vouches for the content, and is asked.
func CheckDigest(r Ref) error {
	b, err := forPath(r.Path)
	if err != nil {
		return err
	}
	return b.check(r)
}

// readDigest reads the whole file of r and compares its digest.
func readDigest(r Ref) error {
	f, err := Open(r.Path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return fmt.Errorf("%s: %w", r.Path, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); n != r.Size || got != r.SHA256 {
		return notCommitted(r, n, got)
	}
	return nil
}

func notCommitted(r Ref, size int64, digest string) error {
	return fmt.Errorf("%s: its content is not what was committed (%d bytes, digest %.12s; want %d, %.12s)", r.Path, size, digest, r.Size, r.SHA256)
}

// ReadVerified reads the whole of a small committed file and checks its digest.
func ReadVerified(r Ref) ([]byte, error) {
	b, err := ReadFile(r.Path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != r.SHA256 {
		return nil, fmt.Errorf("%s: its content is not what was committed (digest differs)", r.Path)
	}
	return b, nil
}

// Describe returns the reference of a file that is there.
func Describe(path string) (Ref, error) {
	f, err := Open(path)
	if err != nil {
		return Ref{}, err
	}
	defer f.Close() //nolint:errcheck // only read
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return Ref{}, fmt.Errorf("%s: %w", path, err)
	}
	return Ref{Path: path, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, nil
}
