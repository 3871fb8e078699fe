package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"strings"
	"testing"
)

// TestLongPicture: a small file that says it is one long line is refused before any
// memory is spent on it.
func TestLongPicture(t *testing.T) {
	for _, side := range []image.Point{{MaxSide + 1, 1}, {1, MaxSide + 1}} {
		b := encode(t, "png", image.NewGray(image.Rect(0, 0, side.X, side.Y)))
		if _, err := Decode(b); err == nil || !strings.Contains(err.Error(), "want at most 65535 on a side") {
			t.Errorf("%v: got %v", side, err)
		}
	}
	if _, err := Decode(encode(t, "png", image.NewGray(image.Rect(0, 0, MaxSide, 1)))); err != nil {
		t.Errorf("the longest: %v", err)
	}
}

// TestAnimatedWebP: what it is, not that it is damaged.
func TestAnimatedWebP(t *testing.T) {
	body := []byte("WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00\x1f\x00\x00\x1f\x00\x00ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	b := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body)))...)
	b = append(b, body...)
	if _, err := Decode(b); err == nil || !strings.Contains(err.Error(), "an animated WebP picture, which is not supported") {
		t.Errorf("got %v", err)
	}
	b = bytes.Replace(b, []byte("\x0a\x00\x00\x00\x02"), []byte("\x0a\x00\x00\x00\x00"), 1)
	if _, err := Decode(b); err == nil || strings.Contains(err.Error(), "animated") {
		t.Errorf("without the flag: got %v", err)
	}
}
