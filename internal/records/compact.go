package records

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// compact walks what Thrift's compact protocol has written and keeps nothing of it.
// Parquet's library allocates every list that a few bytes promise and follows every
// nesting, and neither the memory nor the stack that it runs out of can be got back.
type compact struct {
	b  []byte
	at int
}

// The types of the compact protocol.
const (
	compactTrue   = 1 // in a field the value as well
	compactFalse  = 2
	compactByte   = 3
	compactI16    = 4
	compactI32    = 5
	compactI64    = 6
	compactDouble = 7
	compactBinary = 8
	compactList   = 9
	compactSet    = 10
	compactMap    = 11
	compactStruct = 12
	compactUUID   = 13
)

// maxNesting is how deep structs and lists, and groups of columns, may lie in one
// another; Parquet's own structs go to about 8.
const maxNesting = 64

// errShort is the end of the bytes before that of what they hold.
var errShort = errors.New("it ends early")

func (c *compact) take(n int) error {
	if n > len(c.b)-c.at {
		return errShort
	}
	c.at += n
	return nil
}

func (c *compact) uvarint() (uint64, error) {
	v, n := binary.Uvarint(c.b[c.at:])
	switch {
	case n == 0:
		return 0, errShort
	case n < 0:
		return 0, errors.New("a number has more than 64 bits")
	}
	c.at += n
	return v, nil
}

// varint reads a signed number.
func (c *compact) varint() (int64, error) {
	u, err := c.uvarint()
	return int64(u>>1) ^ -int64(u&1), err
}

// fit makes a number of elements an int where as many may follow: each takes at
// least so many bytes.
func (c *compact) fit(n uint64, least int) (int, error) {
	if n > uint64((len(c.b)-c.at)/least) {
		return 0, fmt.Errorf("%d elements are promised in %d bytes: %w", n, len(c.b)-c.at, errShort)
	}
	return int(n), nil
}

// list reads the head of a list or a set.
func (c *compact) list(least int) (kind byte, n int, err error) {
	at := c.at
	if err := c.take(1); err != nil {
		return 0, 0, err
	}
	kind = c.b[at] & 0xf
	size := uint64(c.b[at] >> 4)
	if size == 0xf {
		if size, err = c.uvarint(); err != nil {
			return 0, 0, err
		}
	}
	n, err = c.fit(size, least)
	return kind, n, err
}

// fields calls see with the fields of a struct, which has to go beyond each.
func (c *compact) fields(see func(id int16, kind byte) error) error {
	var id int16
	for {
		at := c.at
		if err := c.take(1); err != nil {
			return err
		}
		head := c.b[at]
		kind := head & 0xf
		switch delta := head >> 4; {
		case head == 0:
			return nil
		case kind == 0:
			return errors.New("a field has no type")
		case delta != 0:
			id += int16(delta)
		default:
			v, err := c.varint()
			if err != nil {
				return err
			}
			if v < math.MinInt16 || v > math.MaxInt16 {
				return fmt.Errorf("a field has the number %d", v)
			}
			id = int16(v)
		}
		if err := see(id, kind); err != nil {
			return err
		}
	}
}

// skip goes beyond a field's value.
func (c *compact) skip(kind byte, depth int) error {
	if depth > maxNesting {
		return fmt.Errorf("it is nested more than %d deep", maxNesting)
	}
	switch kind {
	case compactTrue, compactFalse:
		return nil
	case compactByte:
		return c.take(1)
	case compactI16, compactI32, compactI64:
		_, err := c.uvarint()
		return err
	case compactDouble:
		return c.take(8)
	case compactUUID:
		return c.take(16)
	case compactBinary:
		n, err := c.uvarint()
		if err != nil {
			return err
		}
		size, err := c.fit(n, 1)
		c.at += size
		return err
	case compactList, compactSet:
		kind, n, err := c.list(1)
		if err != nil {
			return err
		}
		return c.skipItems(n, depth, kind)
	case compactMap:
		return c.skipMap(depth)
	case compactStruct:
		return c.fields(func(_ int16, kind byte) error { return c.skip(kind, depth+1) })
	}
	return fmt.Errorf("a value has the type %d", kind)
}

// skipItems goes beyond n elements of the types given, in turn.
func (c *compact) skipItems(n, depth int, kinds ...byte) error {
	for range n {
		for _, kind := range kinds {
			if kind <= compactFalse { // in a list they have a byte of their own
				kind = compactByte
			}
			if err := c.skip(kind, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *compact) skipMap(depth int) error {
	size, err := c.uvarint()
	if err != nil || size == 0 {
		return err
	}
	at := c.at
	if err := c.take(1); err != nil {
		return err
	}
	n, err := c.fit(size, 2)
	if err != nil {
		return err
	}
	return c.skipItems(n, depth, c.b[at]>>4, c.b[at]&0xf)
}
