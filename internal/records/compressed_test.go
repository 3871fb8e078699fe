package records

import (
	"bytes"
	"testing"
)

// TestCompressedIsTold by the first bytes, also of files shorter than those.
func TestCompressedIsTold(t *testing.T) {
	for content, want := range map[string]bool{
		"": false, "{": false, "{\"text\": 1}": false, "\x1f": false, "\x28\xb5\x2f": false,
		gzipMagic: true, gzipMagic + "x": true, zstdMagic: true, zstdMagic + "more": true,
	} {
		got, err := Compressed(bytes.NewReader([]byte(content)))
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", content, got, err, want)
		}
	}
}
