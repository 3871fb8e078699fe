package points

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
)

// Digest identifies rows and their numbers whatever the shards and the order
// they are seen in: the sum, modulo 2^128, of a hash of every row.
type Digest struct{ Hi, Lo uint64 }

// Add counts one row in. buf is scratch that Add returns for reuse.
func (d *Digest) Add(number int64, row []float32, buf []byte) []byte {
	buf = binary.LittleEndian.AppendUint64(buf[:0], uint64(number))
	for _, v := range row {
		buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
	}
	h := sha256.Sum256(buf)
	d.Merge(Digest{binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:])})
	return buf
}

// Merge counts in the rows of another digest.
func (d *Digest) Merge(o Digest) {
	var c uint64
	d.Lo, c = bits.Add64(d.Lo, o.Lo, 0)
	d.Hi, _ = bits.Add64(d.Hi, o.Hi, c)
}

// String is the digest in hexadecimal.
func (d Digest) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], d.Hi)
	binary.BigEndian.PutUint64(b[8:], d.Lo)
	return hex.EncodeToString(b[:])
}
