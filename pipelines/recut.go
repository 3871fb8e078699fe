package pipelines

import (
	"fmt"
	"io"

	"leveler/internal/fit"
	"leveler/internal/npy"
	"leveler/internal/points"
	"leveler/internal/store"
)

// recut brings the labels and distances of a finished level to other shards of
// the same points: those may have been made again, by another shard size. It
// holds two shards of numbers at a time.
func recut(dir string, carry []fit.CarryRef, shards []points.Shard) ([]fit.CarryRef, error) {
	var labels []int32
	var d2 []float64
	out := make([]fit.CarryRef, len(shards))
	for i, sh := range shards {
		out[i].Shard = i
		n := int(sh.Rows)
		for len(labels) < n {
			if len(carry) == 0 {
				return nil, fmt.Errorf("internal error: %d rows of shard %d have no cluster; please report it", n-len(labels), i)
			}
			c := carry[0]
			carry = carry[1:]
			if c.Labels.IsZero() {
				continue
			}
			l, err := points.ReadInt32s(c.Labels.Path)
			if err != nil {
				return nil, err
			}
			d, err := points.ReadFloat64s(c.D2.Path)
			if err != nil {
				return nil, err
			}
			labels, d2 = append(labels, l...), append(d2, d...)
		}
		if n == 0 {
			continue
		}
		var err error
		if out[i].Labels, err = store.Commit(dir, fmt.Sprintf("labels-%05d", i), ".npy", func(w io.Writer) error {
			return npy.WriteInt32s(w, labels[:n])
		}); err != nil {
			return nil, err
		}
		if out[i].D2, err = store.Commit(dir, fmt.Sprintf("d2-%05d", i), ".npy", func(w io.Writer) error {
			return npy.WriteFloat64s(w, d2[:n])
		}); err != nil {
			return nil, err
		}
		labels, d2 = labels[n:], d2[n:]
	}
	return out, nil
}
