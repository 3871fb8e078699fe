package records

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// The media: what an item is.
const (
	MediumText  = "text"
	MediumImage = "image"
	MediumAudio = "audio"
	// MediumEmbedding is a vector: the data are its float32, little-endian.
	MediumEmbedding = "embedding"
)

// media are those of what is not embedded yet.
var media = []string{MediumText, MediumImage, MediumAudio}

// magics are the first bytes of the kinds of content that are told apart; ? is
// any byte.
var magics = []struct{ name, prefix string }{
	{"jpeg", "\xff\xd8\xff"},
	{"png", "\x89PNG\r\n\x1a\n"},
	{"gif", "GIF87a"},
	{"gif", "GIF89a"},
	{"webp", "RIFF????WEBP"},
	{"wav", "RIFF????WAVE"},
	{"flac", "fLaC"},
	{"mp3", "ID3"},
	{"mp3", "\xff\xfb"},
	{"ogg", "OggS"},
	{"mp4", "????ftyp"},
	{"bmp", "BM????\x00\x00\x00\x00"},
	{"tiff", "II*\x00"},
	{"tiff", "MM\x00*"},
	{"Parquet", "PAR1"},
	{"npy", "\x93NUMPY"},
	{"zip", "PK\x03\x04"},
	{"gzip", gzipMagic},
	{"zstd", zstdMagic},
	{"PDF", "%PDF-"},
	{"HTML", "<!DOCTYPE"},
	{"HTML", "<!doctype"},
	{"HTML", "<html"},
}

// magicBytes is how much of a file's beginning tells what it is.
const magicBytes = 512

// magic names what content is by its first bytes; empty when it is not known.
func magic(head []byte) string {
	for _, m := range magics {
		if matches(head, m.prefix) {
			return m.name
		}
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return "tar"
	}
	return ""
}

func matches(head []byte, prefix string) bool {
	if len(head) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		if prefix[i] != '?' && head[i] != prefix[i] {
			return false
		}
	}
	return true
}

// encodings are what an item of a medium may be encoded as.
var encodings = map[string][]string{
	MediumImage: {"jpeg", "png", "webp", "gif"},
	MediumAudio: {"wav", "flac"},
}

// checkItem makes a frame bad whose bytes are not of the medium.
func (f *frame) checkItem(o Options) {
	if o.Medium == MediumText {
		if checkText(f, o); f.short {
			// Numbering rows without reading them leaves no other way than a bad row.
			f.short, f.text, f.bad = false, nil, fmt.Sprintf("has fewer than %d characters (min_chars)", o.MinChars)
		}
		return
	}
	is := magic(f.text[:min(len(f.text), magicBytes)])
	if slices.Contains(encodings[o.Medium], is) {
		return
	}
	what := "begins with " + quoteHead(f.text)
	switch {
	case len(f.text) == 0:
		what = "is empty"
	case is != "":
		what = "is " + is
	}
	f.text, f.bad = nil, what+"; need "+o.Medium+" ("+strings.Join(encodings[o.Medium], ", ")+")"
}

// quoteHead shows the first bytes of content.
func quoteHead(b []byte) string {
	return strings.TrimPrefix(begins(bytes.Clone(b[:min(8, len(b))])), "begins with ")
}
