// Package repeats finds the ids that stand in more than one row: every shard
// leaves the keys of its ids sorted, and each of some partitions of the keys is
// compared by itself, at 56 bytes a key (24 read, 32 sorted) and 32 more for each
// that repeats. A partition has about a million keys up to 268 million rows, and a
// 256th of the rows above: 0.22 GB for every billion.
//
// A key is the first 128 bits of the id's SHA-256: two different ids of a billion
// have the same one with a probability of 1e-21.
package repeats

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// Key stands for an id.
type Key [16]byte

// KeyOf is the key of an id.
func KeyOf(id string) Key {
	sum := sha256.Sum256([]byte(id))
	return Key(sum[:16])
}

// First is a key with the first row, of a shard or of all, that has it.
type First struct {
	Key Key
	Row int64
}

// Distinct are the keys of consecutive rows with their first rows, sorted by key;
// row i of keys has the number rows[i].
func Distinct(keys []Key, rows []int64) []First {
	all := make([]First, len(keys))
	for i, k := range keys {
		all[i] = First{k, rows[i]}
	}
	slices.SortFunc(all, compare)
	return slices.CompactFunc(all, func(a, b First) bool { return a.Key == b.Key })
}

func compare(a, b First) int {
	if c := bytes.Compare(a.Key[:], b.Key[:]); c != 0 {
		return c
	}
	return int(a.Row - b.Row)
}

// A file of keys is a header, with the number of keys up to each first byte, and
// the keys with their rows. All numbers are little-endian.
const (
	firstBytes = 256
	headerSize = 4 * firstBytes
	entrySize  = 24
)

// MaxPartitions bounds the partitions: they are ranges of a key's first byte.
const MaxPartitions = firstBytes

// Partitions is into how many parts the keys of so many rows are cut, so that a
// part has about a million (more above 268 million rows): a power of two.
func Partitions(rows int64) int {
	n := 1
	for n < MaxPartitions && rows>>20 >= int64(n) {
		n *= 2
	}
	return n
}

// WriteKeys writes what Distinct returned.
func WriteKeys(w io.Writer, firsts []First) error {
	var upTo [firstBytes]uint32
	for _, f := range firsts {
		upTo[f.Key[0]]++
	}
	b := make([]byte, 0, headerSize+len(firsts)*entrySize)
	var sum uint32
	for _, n := range upTo {
		sum += n
		b = binary.LittleEndian.AppendUint32(b, sum)
	}
	for _, f := range firsts {
		b = append(b, f.Key[:]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(f.Row))
	}
	_, err := w.Write(b)
	return err
}

// ReadKeys reads one of so many partitions of a file of keys.
func ReadKeys(r io.ReaderAt, size int64, partition, partitions int) ([]First, error) {
	header := make([]byte, headerSize)
	if _, err := r.ReadAt(header, 0); err != nil {
		return nil, fmt.Errorf("no file of keys: %w", err)
	}
	upTo := func(bucket int) int64 {
		if bucket == 0 {
			return 0
		}
		return int64(binary.LittleEndian.Uint32(header[4*(bucket-1):]))
	}
	for bucket := range firstBytes { // a number too large would ask for as much memory
		if upTo(bucket) > upTo(bucket+1) {
			return nil, fmt.Errorf("no file of keys: its numbers of keys decrease at byte %d", bucket)
		}
	}
	width := firstBytes / partitions
	from, to := upTo(partition*width), upTo((partition+1)*width)
	if headerSize+upTo(firstBytes)*entrySize != size {
		return nil, fmt.Errorf("no file of keys: it has %d bytes", size)
	}
	b := make([]byte, (to-from)*entrySize)
	if n, err := r.ReadAt(b, headerSize+from*entrySize); n < len(b) {
		return nil, err
	}
	out := make([]First, to-from)
	for i := range out {
		e := b[i*entrySize:]
		out[i] = First{Key(e[:16]), int64(binary.LittleEndian.Uint64(e[16:]))}
	}
	return out, nil
}
