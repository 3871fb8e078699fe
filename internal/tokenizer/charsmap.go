package tokenizer

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// charsmap is SentencePiece's table of normal forms, by default NFKC and some of its
// own: the size of a trie, the trie as a double array (darts-clone's units of 32 bits),
// and the forms, which NULs end and leaves of the trie point to.
type charsmap struct {
	units []uint32
	forms string
	ascii [utf8.RuneSelf]string // of single characters
	has   [utf8.RuneSelf]bool
}

func newCharsmap(b []byte) (*charsmap, error) {
	if len(b) < 4 {
		return nil, errors.New("precompiled_charsmap is cut off")
	}
	size := int64(binary.LittleEndian.Uint32(b))
	if size > int64(len(b)-4) || size%4 != 0 || size == 0 {
		return nil, errors.New("precompiled_charsmap is damaged")
	}
	m := &charsmap{units: make([]uint32, size/4), forms: string(b[4+size:])}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	for c := range m.ascii {
		m.ascii[c], m.has[c] = m.form(string(rune(c)))
	}
	return m, nil
}

// form is what the shortest entry that a character begins with becomes.
func (m *charsmap) form(char string) (string, bool) {
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	at := offset(m.units[0])
	for i := 0; i < len(char) && char[i] != 0; i++ {
		at ^= uint32(char[i])
		if at >= uint32(len(m.units)) {
			return "", false
		}
		unit := m.units[at]
		if unit&(1<<31|0xff) != uint32(char[i]) {
			return "", false
		}
		at ^= offset(unit)
		if unit>>8&1 == 0 {
			continue
		}
		if at >= uint32(len(m.units)) {
			return "", false
		}
		form := m.units[at] &^ (1 << 31)
		if form > uint32(len(m.forms)) {
			return "", false
		}
		text, _, _ := strings.Cut(m.forms[form:], "\x00")
		return text, true
	}
	return "", false
}

// longestCluster is from how many bytes on a cluster is looked up by its characters.
const longestCluster = 6

// apply is the normal form of a text: of each cluster of characters (an extended
// grapheme), where it has one, or of its characters.
func (m *charsmap) apply(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		if c := text[0]; c < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf && c != '\r') {
			if m.has[c] {
				b.WriteString(m.ascii[c])
			} else {
				b.WriteByte(c)
			}
			text = text[1:]
			continue
		}
		cluster, rest, _, _ := uniseg.FirstGraphemeClusterInString(text, -1)
		text = rest
		if len(cluster) < longestCluster {
			if form, ok := m.form(cluster); ok {
				b.WriteString(form)
				continue
			}
		}
		for _, r := range cluster {
			char := string(r)
			if form, ok := m.form(char); ok {
				char = form
			}
			b.WriteString(char)
		}
	}
	return b.String()
}
