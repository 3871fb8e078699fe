package embed

import (
	"encoding/binary"
	"fmt"
	"math"

	"leveler/internal/npy"
	"leveler/internal/records"
)

// stored takes embeddings that are in the records already.
type stored struct{ dim int }

var _ Embedder = stored{}

func newStored(p Params) (Embedder, error) { return stored{p.Dim}, nil }

// Embed implements Embedder.
func (e stored) Embed(dst []float32, reasons []string, batch []records.Record) error {
	for i, r := range batch {
		if n := len(r.Data) / 4; n != e.dim {
			reasons[i] = fmt.Sprintf("has %d values, the input's first row has %d", n, e.dim)
			continue
		}
		row := dst[i*e.dim : (i+1)*e.dim]
		for j := range row {
			row[j] = math.Float32frombits(binary.LittleEndian.Uint32(r.Data[4*j:]))
		}
		if col, bad := npy.BadRow(row); bad {
			reasons[i] = fmt.Sprintf("%v in column %d", row[col], col)
		}
	}
	return nil
}
