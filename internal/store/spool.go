package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
)

// spool keeps content until its digest, which names it, is known: in memory, and
// on the local disk what is larger.
type spool struct {
	memory bytes.Buffer
	file   *os.File // unlinked already: nothing is left whatever ends the process
	sha    hash.Hash
	crc    hash.Hash32
	size   int64
}

// spoolMemory is the largest content held in memory: a shard of the default size
// with its header. Tests make it small.
var spoolMemory = 17 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fillSpool spools what write writes. The caller closes the spool.
func fillSpool(write func(io.Writer) error) (*spool, error) {
	s := &spool{sha: sha256.New(), crc: crc32.New(castagnoli)}
	whole := false
	defer func() {
		if !whole { // write failed or panics
			s.close()
		}
	}()
	if err := write(s); err != nil {
		return nil, err
	}
	whole = true
	return s, nil
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > spoolMemory {
		f, err := os.CreateTemp("", "*"+temporarySuffix)
		if err != nil {
			return 0, plain(err)
		}
		s.file = f
		if err := os.Remove(f.Name()); err != nil {
			return 0, plain(err)
		}
		if _, err := f.Write(s.memory.Bytes()); err != nil {
			return 0, spoolError(err)
		}
		s.memory = bytes.Buffer{}
	}
	s.sha.Write(p)
	s.crc.Write(p)
	s.size += int64(len(p))
	if s.file == nil {
		return s.memory.Write(p)
	}
	n, err := s.file.Write(p)
	return n, spoolError(err)
}

func (s *spool) reader() io.Reader {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes())
	}
	return io.NewSectionReader(s.file, 0, s.size)
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close() //nolint:errcheck,gosec // it has no name any more
	}
}

// spoolError says where there is no space: the temporary file has no name that
// would tell the user anything.
func spoolError(err error) error {
	if err == nil {
		return nil
	}
	var pe *os.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("the folder for temporary files, %s (TMPDIR): %w", os.TempDir(), err)
}
