package store

import (
	"sync"
	"sync/atomic"
)

// gcsStream reads a file on from one place, a block at a time.
type gcsStream struct {
	file  *gcsFile
	block atomic.Int64 // that buf holds

	mu     sync.Mutex
	buf    []byte
	window int64 // blocks of the last request
	reader *gcsReader
}

// read copies from the block that holds off. last is the last block that the
// caller will ask for now.
func (s *gcsStream) read(p []byte, off, last int64) (int, error) {
	if block := off / gcsBlock; s.buf == nil || s.block.Load() != block {
		if err := s.load(block, last); err != nil {
			s.block.Store(-2)
			s.stop()
			return 0, err
		}
	}
	return copy(p, s.buf[off%gcsBlock:]), nil
}

func (s *gcsStream) load(block, last int64) error {
	f := s.file
	n := min(gcsBlock, f.Size()-block*gcsBlock)
	if s.buf == nil {
		s.buf = make([]byte, 0, min(gcsBlock, f.Size()))
	}
	goesOn := s.block.Load()+1 == block
	s.buf = s.buf[:n]
	if f.cache.get(f, block, s.buf) {
		s.block.Store(block)
		return nil
	}
	if s.reader == nil || s.reader.at != block*gcsBlock {
		s.window = f.cache.missing(f, block, max(1, last-block+1, s.next(goesOn)))
	}
	var err error
	if s.reader, err = f.fetch(s.buf, block*gcsBlock, s.reader, (block+s.window)*gcsBlock); err != nil {
		s.buf = nil
		return err
	}
	if s.reader.at >= s.reader.end {
		s.stop()
	}
	s.block.Store(block)
	f.cache.put(f, block, s.buf)
	return nil
}

// next is the window of a reader that goes on, or of one that jumped.
func (s *gcsStream) next(goesOn bool) int64 {
	if !goesOn {
		return 1
	}
	return min(2*s.window, maxWindow)
}

// stop ends the request.
func (s *gcsStream) stop() {
	s.reader.stop()
	s.reader = nil
}
