package write

import (
	"leveler/internal/store"
	"leveler/transforms/decode"
)

// Block is some neighbouring rows of the selection. Blocks have the same rows
// whatever the shards of the points, so that copies do not depend on those.
type Block struct {
	Index  int
	Rows   int64
	Slices []Slice
}

// Slice is the part of a block that lies in one shard of the points.
type Slice struct {
	Part       store.Ref // of Selection
	Skip, Take int64     // rows of the part
	Shard      decode.Shard
}

// Blocks cuts the selection into blocks of at most rows rows. Parts and shards
// are those of the points' shards, in order.
func Blocks(parts []Part, shards []decode.Shard, rows int64) []Block {
	var out []Block
	for i, p := range parts {
		for done := int64(0); done < p.Rows; {
			if len(out) == 0 || out[len(out)-1].Rows == rows {
				out = append(out, Block{Index: len(out)})
			}
			b := &out[len(out)-1]
			n := min(rows-b.Rows, p.Rows-done)
			b.Slices = append(b.Slices, Slice{Part: p.File, Skip: done, Take: n, Shard: shards[i]})
			b.Rows += n
			done += n
		}
	}
	return out
}
