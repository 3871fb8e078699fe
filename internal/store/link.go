package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Link gives the file from another name, to, without a copy. It reports false
// where that cannot be: across storages and file systems, for a symbolic link. A
// name that is there already is replaced. On object storage the service copies,
// and nothing passes through this machine.
func Link(from, to string) (bool, error) {
	if IsRemote(from) && IsRemote(to) {
		o, err := Stat(from)
		if err != nil {
			return false, err
		}
		return true, gcs{}.alias(Ref{Path: from, Size: o.Size}, to, nil)
	}
	if IsRemote(from) || IsRemote(to) {
		return false, nil
	}
	st, err := os.Lstat(from)
	if err != nil {
		return false, plain(err)
	}
	if !st.Mode().IsRegular() {
		return false, nil
	}
	if there, err := os.Lstat(to); err == nil && os.SameFile(st, there) {
		return true, nil
	}
	err = linkOver(from, to)
	if cannot := (*os.LinkError)(nil); errors.As(err, &cannot) {
		return false, nil // the caller copies, and finds what is wrong if that cannot be either
	}
	return err == nil, err
}

// linkOver gives a file another name, in place of what has it. Where the link itself
// cannot be made, the error is an *os.LinkError.
func linkOver(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return plain(err)
	}
	tmp := temporaryName(filepath.Dir(to))
	if err := os.Link(from, tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, to); err != nil {
		return errors.Join(plain(err), os.Remove(tmp))
	}
	return nil
}

// RemoveFolder removes a folder and all below it; one that is not there is
// success. Only the driver calls it.
func RemoveFolder(dir string, guard Guard) error {
	names, err := List(dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if err := Remove(Join(dir, n), guard); err != nil {
			return err
		}
	}
	folders, err := Folders(dir)
	if err != nil {
		return err
	}
	for _, f := range folders {
		if err := RemoveFolder(Join(dir, f), guard); err != nil {
			return err
		}
	}
	if IsRemote(dir) {
		return nil // there are no folders, only names
	}
	if err := SweepTemporary(dir); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plain(err)
	}
	return nil
}
