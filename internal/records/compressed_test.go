package records

import (
	"bytes"
	"errors"
	"testing"
)

// TestCompressedIsTold by the first bytes, also of files shorter than those.
func TestCompressedIsTold(t *testing.T) {
	for content, want := range map[string]bool{
		"": false, "{": false, "{\"text\": 1}": false, "\x1f": false, "\x28\xb5\x2f": false,
		gzipMagic: true, gzipMagic + "x": true, zstdMagic: true, zstdMagic + "more": true,
	} {
		got, err := Compressed(bytes.NewReader([]byte(content)), start, Options{Format: FormatJSONL})
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", content, got, err, want)
		}
	}
}

// unread fails whoever reads it.
type unread struct{ *bytes.Reader }

func (unread) ReadAt([]byte, int64) (int, error) { return 0, errors.New("read") }

// TestCompressedReadsNothing where it need not: on object storage a read of a file's
// start is a request, and these files are read elsewhere.
func TestCompressedReadsNothing(t *testing.T) {
	in := unread{bytes.NewReader([]byte(gzipMagic))}
	if _, err := Compressed(in, start, Options{Format: FormatWebDataset}); err == nil {
		t.Fatal("an archive: not read")
	}
	for name, tt := range map[string]struct {
		from   Mark
		format string
	}{
		"a mark in what is not compressed": {Mark{Offset: 5}, FormatWebDataset}, "a table": {start, FormatParquet}, "an array": {start, FormatNPY}, "a picture": {start, FormatImages},
	} {
		if got, err := Compressed(in, tt.from, Options{Format: tt.format}); got || err != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}
