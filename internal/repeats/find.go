package repeats

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
)

// Repeat is a shard's key that an earlier shard has already.
type Repeat struct {
	Shard int
	First // its first row of all
}

// Find compares one partition of the keys of all shards, which come in the order
// of their rows, and returns those that an earlier shard has, by shard and key.
func Find(shards [][]First) []Repeat {
	type entry struct {
		First
		shard int
	}
	var n int
	for _, s := range shards {
		n += len(s)
	}
	all := make([]entry, 0, n)
	for i, s := range shards {
		for _, f := range s {
			all = append(all, entry{f, i})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return compare(a.First, b.First) })
	var out []Repeat
	first := 0
	for i, e := range all {
		if e.Key != all[first].Key {
			first = i
		}
		if i > first {
			out = append(out, Repeat{e.shard, all[first].First})
		}
	}
	slices.SortStableFunc(out, func(a, b Repeat) int { return a.Shard - b.Shard })
	return out
}

// Count is how many repeats of a file belong to a shard.
type Count struct {
	Shard int `json:"shard"`
	Count int `json:"count"`
}

// Counts are those of what Find returned, for WriteRepeats.
func Counts(found []Repeat) []Count {
	var out []Count
	for _, r := range found {
		if n := len(out); n == 0 || out[n-1].Shard != r.Shard {
			out = append(out, Count{Shard: r.Shard})
		}
		out[len(out)-1].Count++
	}
	return out
}

// WriteRepeats writes what Find returned, in its order.
func WriteRepeats(w io.Writer, found []Repeat) error {
	b := make([]byte, 0, len(found)*entrySize)
	for _, r := range found {
		b = append(b, r.Key[:]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(r.Row))
	}
	_, err := w.Write(b)
	return err
}

// ReadRepeats adds to rows the repeats of a shard: the first row of each key.
func ReadRepeats(r io.ReaderAt, counts []Count, shard int, rows map[Key]int64) error {
	var at int64
	for _, c := range counts {
		if c.Shard != shard {
			at += int64(c.Count)
			continue
		}
		b := make([]byte, c.Count*entrySize)
		if n, err := r.ReadAt(b, at*entrySize); n < len(b) {
			return fmt.Errorf("repeats of shard %d: %w", shard, err)
		}
		for ; len(b) > 0; b = b[entrySize:] {
			rows[Key(b[:16])] = int64(binary.LittleEndian.Uint64(b[16:]))
		}
	}
	return nil
}
