package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lock is what a driver holds while it works in a folder.
type lock interface {
	io.Closer
	// check tells whether it is still held.
	check() error
}

// flock is a lock of the kernel's, which cannot be lost.
type flock struct{ *os.File }

func (flock) check() error { return nil }

// lockFolder takes a work folder with flock, which the kernel releases whatever
// ends the process.
func lockFolder(dir string) (lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, unwritable(dir, err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		owner, _ := io.ReadAll(io.LimitReader(f, 200))
		err := fmt.Errorf("%s: another run works in this folder (%s); wait for it to end, or set another work.dir", dir, strings.TrimSpace(string(owner)))
		return nil, errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("work.dir: cannot lock %s: %w", path, err), f.Close())
	}
	host, _ := os.Hostname()
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := fmt.Fprintf(f, "pid %d on %s since %s\n", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return flock{f}, nil
}

func unwritable(dir string, err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("work.dir: cannot write to %s: %w", dir, err)
}
