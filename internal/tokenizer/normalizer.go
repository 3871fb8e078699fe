package tokenizer

import (
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// normalizer is BertNormalizer.
type normalizer struct {
	clean, chinese, strip, lower bool
}

func (n *normalizer) configure(b []byte) error {
	var f struct {
		CleanText          bool  `json:"clean_text"`
		HandleChineseChars bool  `json:"handle_chinese_chars"`
		StripAccents       *bool `json:"strip_accents"`
		Lowercase          bool  `json:"lowercase"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return fmt.Errorf("normalizer: %w", err)
	}
	n.clean, n.chinese, n.lower, n.strip = f.CleanText, f.HandleChineseChars, f.Lowercase, f.Lowercase
	if f.StripAccents != nil {
		n.strip = *f.StripAccents
	}
	return nil
}

// normalize appends the normal form of a text.
func (n *normalizer) normalize(dst []byte, text string) []byte {
	ascii := true
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		return n.unicode(dst, text)
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case n.clean && (c == '\t' || c == '\n' || c == '\r'):
			c = ' '
		case n.clean && (c < ' ' || c == 0x7f):
			continue
		case n.lower && 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// unicode is normalize for any text.
func (n *normalizer) unicode(dst []byte, text string) []byte {
	spaced := make([]byte, 0, len(text)+8)
	for _, r := range text {
		switch {
		case n.clean && (r == 0 || r == utf8.RuneError || isControl(r)):
		case n.clean && isSpace(r):
			spaced = append(spaced, ' ')
		case n.chinese && isChinese(r):
			spaced = append(spaced, ' ')
			spaced = utf8.AppendRune(spaced, r)
			spaced = append(spaced, ' ')
		default:
			spaced = utf8.AppendRune(spaced, r)
		}
	}
	if n.strip {
		spaced = norm.NFD.Bytes(spaced)
	}
	for len(spaced) > 0 {
		r, size := utf8.DecodeRune(spaced)
		spaced = spaced[size:]
		switch {
		case n.strip && unicode.Is(unicode.Mn, r):
		case n.lower && r == 'İ': // the one code point whose lower case is two
			dst = append(dst, "i\u0307"...)
		case n.lower:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || '\t' <= r && r <= '\r'
	}
	return unicode.IsSpace(r)
}

// isControl tells whether cleaning removes r: the categories "other", of which
// tabs and ends of lines are spaces.
func isControl(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co)
}

// isPunctuation tells whether r is a word of its own: Unicode's punctuation and
// ASCII's symbols.
func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return '!' <= r && r <= '/' || ':' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
	}
	return unicode.Is(unicode.P, r)
}

// isChinese tells whether r is an ideograph, which is a word of its own.
func isChinese(r rune) bool {
	return r >= 0x3400 && (r <= 0x4dbf || 0x4e00 <= r && r <= 0x9fff || 0xf900 <= r && r <= 0xfaff ||
		0x20000 <= r && r <= 0x2a6df || 0x2a700 <= r && r <= 0x2b73f || 0x2b740 <= r && r <= 0x2b81f ||
		0x2b920 <= r && r <= 0x2ceaf || 0x2f800 <= r && r <= 0x2fa1f)
}
