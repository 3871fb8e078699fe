package records

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// compressed is content by every codec, in the ways that writers have.
func compressed(t testing.TB, content []byte) map[string]struct {
	codec format.CompressionCodec
	b     []byte
} {
	t.Helper()
	stream := func(w io.WriteCloser, b *bytes.Buffer) []byte {
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var zs, gz, br bytes.Buffer
	z, err := zstd.NewWriter(&zs, zstd.WithEncoderCRC(true))
	if err != nil {
		t.Fatal(err)
	}
	once, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(false))
	if err != nil {
		t.Fatal(err)
	}
	half := len(content) / 2
	frames := once.EncodeAll(content[half:], append(once.EncodeAll(content[:half], nil), "\x53\x2a\x4d\x18\x03\x00\x00\x00abc"...))
	return map[string]struct {
		codec format.CompressionCodec
		b     []byte
	}{
		"snappy":               {format.Snappy, snappy.Encode(nil, content)},
		"gzip":                 {format.Gzip, stream(gzip.NewWriter(&gz), &gz)},
		"brotli":               {format.Brotli, stream(brotli.NewWriter(&br), &br)},
		"zstd":                 {format.Zstd, once.EncodeAll(content, nil)},
		"zstd without length":  {format.Zstd, stream(z, &zs)},
		"zstd, several frames": {format.Zstd, frames},
	}
}

// TestExpansion: what expands to as much as its header says is passed, and more is
// refused, where more is much.
func TestExpansion(t *testing.T) {
	bomb := make([]byte, freePage+freePage/2)
	for i := range len(bomb) / 1000 { // what snappy does not make too small to look at
		copy(bomb[i*1000:], []byte{byte(i), byte(i >> 8), byte(i >> 16)})
	}
	for name, c := range compressed(t, bomb) {
		n := int64(len(c.b))
		if err := checkExpansion(bytes.NewReader(c.b), c.codec, 0, n, int64(len(bomb))); err != nil {
			t.Errorf("%s, honest: %v", name, err)
		}
		if err := checkExpansion(bytes.NewReader(c.b), c.codec, 0, n, 1000); !errors.Is(err, errExpands) {
			t.Errorf("%s, %d bytes that say 1000: %v", name, n, err)
		}
	}
	for name, c := range compressed(t, []byte(strings.Repeat("a few words ", 30_000))) {
		if err := checkExpansion(bytes.NewReader(c.b), c.codec, 0, int64(len(c.b)), 360_000); err != nil {
			t.Errorf("%s, short: %v", name, err)
		}
		if err := checkExpansion(bytes.NewReader(c.b[:len(c.b)/2]), c.codec, 0, int64(len(c.b)/2), 360_000); err == nil && c.codec == format.Zstd {
			t.Errorf("%s, cut off: no error", name)
		}
	}
}

// TestPagesDoNotLie: a page's header that says less than its data expand to.
func TestPagesDoNotLie(t *testing.T) {
	bomb := make([]byte, 2*freePage)
	for name, c := range compressed(t, bomb) {
		if c.codec == format.Snappy {
			continue // 6 MB of it
		}
		h := format.PageHeader{Type: format.DataPage, UncompressedPageSize: 4000, CompressedPageSize: int32(len(c.b)), DataPageHeader: thrift.New(format.DataPageHeader{NumValues: 1000})}
		head, err := thrift.Marshal(new(thrift.CompactProtocol), h)
		if err != nil {
			t.Fatal(err)
		}
		file := append(head, c.b...)
		m := &format.ColumnMetaData{Codec: c.codec, TotalCompressedSize: int64(len(file))}
		err = checkPages(&tracked{in: bytes.NewReader(file)}, m, Options{}.WithDefaults())
		if err == nil || !strings.Contains(err.Error(), errExpands.Error()) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzZstdBound: the bound holds for all that the library expands.
func FuzzZstdBound(f *testing.F) {
	for _, c := range compressed(f, []byte(strings.Repeat("some words and ", 1000))) {
		f.Add(c.b)
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<24))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := d.DecodeAll(b, nil)
		if err != nil {
			return
		}
		most, err := zstdBound(io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
		if err != nil || most < int64(len(out)) {
			t.Errorf("%d bytes expand to %d; the bound is %d, %v", len(b), len(out), most, err)
		}
	})
}
