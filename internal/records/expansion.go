package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
)

// What the library decompresses a page into grows as long as the data goes on,
// whatever the page's header says. So that a header cannot lie, what a page really
// expands to is found before: by the lengths that the compressed data begin with,
// or by expanding it into nothing.

// snappyRatio bounds what a compressed byte expands to: a copy of 64 bytes takes 3.
const snappyRatio = 24

// zstdBlock is the most that a compressed block of zstd expands to (RFC 8878, 3.1.1.2.4).
const zstdBlock = 128 << 10

// errExpands says that data expand to more than they should.
var errExpands = errors.New("expands to more than its header says")

// checkExpansion wants the n compressed bytes at a place to expand to at most size
// bytes, or to no more than freePage.
func checkExpansion(src io.ReaderAt, codec format.CompressionCodec, at, n, size int64) error {
	if n == 0 {
		return nil
	}
	in := io.NewSectionReader(src, at, n)
	switch codec {
	case format.Snappy:
		if n*snappyRatio <= freePage {
			return nil
		}
		return snappyLength(in, size)
	case format.Zstd:
		most, err := zstdBound(in)
		if err != nil || most <= max(freePage, size+zstdBlock) {
			return err
		}
		r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(freePage))
		if err != nil {
			return err
		}
		defer r.Close()
		return expand(r, size)
	case format.Gzip:
		if n*deflateRatio <= freePage {
			return nil
		}
		r, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		return expand(r, size)
	case format.Brotli:
		return expand(brotli.NewReader(in), max(freePage, size))
	}
	return nil
}

// expand reads on until more than size bytes have come.
func expand(r io.Reader, size int64) error {
	n, err := io.Copy(io.Discard, io.LimitReader(r, size+1))
	if n > size {
		return errExpands
	}
	return err
}

// snappyLength reads the length that a block of snappy begins with.
func snappyLength(in *io.SectionReader, size int64) error {
	var b [binary.MaxVarintLen64]byte
	k, err := in.ReadAt(b[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	length, used := binary.Uvarint(b[:k])
	if used <= 0 {
		return io.ErrUnexpectedEOF
	}
	if length > uint64(size) { //nolint:gosec // at least 0
		return errExpands
	}
	return nil
}

// zstdBound walks over the blocks of all frames and returns what they expand to at
// most.
func zstdBound(in *io.SectionReader) (most int64, err error) {
	var b [14]byte
	read := func(at int64, n int) error {
		if k, err := in.ReadAt(b[:n], at); k < n {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		return nil
	}
	for at := int64(0); at < in.Size(); {
		if err := read(at, 5); err != nil {
			return 0, err
		}
		switch magic := binary.LittleEndian.Uint32(b[:]); {
		case magic>>4 == 0x184d2a5: // to be skipped
			if err := read(at+4, 4); err != nil {
				return 0, err
			}
			at += 8 + int64(binary.LittleEndian.Uint32(b[:]))
			continue
		case magic != 0xfd2fb528:
			return 0, fmt.Errorf("no zstd data: %#08x", magic)
		}
		flags := b[4]
		at += 5 + int64([4]int{0, 1, 2, 4}[flags&3]) + int64([4]int{0, 2, 4, 8}[flags>>6])
		if single := flags&0x20 != 0; !single || flags>>6 == 0 {
			at++ // the window, or a length of one byte
		}
		for last := false; !last; {
			if err := read(at, 3); err != nil {
				return 0, err
			}
			header := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
			size := int64(header >> 3)
			last, at = header&1 != 0, at+3
			switch header >> 1 & 3 {
			case 0: // as it is
				at, most = at+size, most+size
			case 1: // one byte again and again
				at, most = at+1, most+size
			default:
				at, most = at+size, most+zstdBlock
			}
		}
		if flags&4 != 0 {
			at += 4 // a checksum
		}
	}
	return most, nil
}
