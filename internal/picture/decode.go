package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // registers itself, as the others do
	_ "image/jpeg"
	_ "image/png"
	"io"
	"strings"

	_ "golang.org/x/image/webp"
)

// MaxPixels is the most pixels of a picture: the decoder needs up to 8 bytes for
// each, on every thread.
const MaxPixels = 50_000_000

// MaxSide is the most pixels of a side, as of a JPEG: what is kept for each column and
// row is then little beside the pixels.
const MaxSide = 65_535

// Decode decodes a picture. Its size is known from its header, and checked,
// before any memory is spent on it. Each error is a fault of the data, and a
// panic of a decoder is one too.
func Decode(data []byte) (m image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("a picture that its decoder fails on: %v", p)
		}
	}()
	if animated(data) {
		return nil, errors.New("an animated WebP picture, which is not supported; save a frame of it as a picture")
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fault("a picture", err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxPixels/c.Height {
		return nil, fmt.Errorf("a %s picture of %dx%d pixels, want from 1 to %d of them", format, c.Width, c.Height, MaxPixels)
	}
	if c.Width > MaxSide || c.Height > MaxSide {
		return nil, fmt.Errorf("a %s picture of %dx%d pixels, want at most %d on a side", format, c.Width, c.Height, MaxSide)
	}
	m, _, err = image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fault("a "+format+" picture", err)
	}
	if format == "webp" {
		switch lossy := m.(type) {
		case *image.YCbCr:
			return video{lossy}, nil
		case *image.NYCbCrA:
			return video{&lossy.YCbCr}, nil
		}
	}
	return m, nil
}

// animated tells whether data is a WebP file of several frames: its extended header
// has the flag.
func animated(data []byte) bool {
	return len(data) > 20 && string(data[:4]) == "RIFF" && string(data[8:16]) == "WEBPVP8X" && data[20]&2 != 0
}

// fault says what is wrong with a picture.
func fault(what string, err error) error {
	switch {
	case errors.Is(err, image.ErrFormat):
		return errors.New("no JPEG, PNG, WebP or GIF picture")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), strings.Contains(err.Error(), "short Huffman data"):
		return errors.New(what + " that is cut off")
	}
	return fmt.Errorf("%s that is damaged: %w", what, err)
}
