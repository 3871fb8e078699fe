package ngram

import (
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// word is one of the different words of a text.
type word struct {
	start, end int32 // in words.runes, its two spaces included
	hash       uint32
	slot       uint32 // where words.slots points here
	count      int32
}

// words are the different words of a text with their counts.
type words struct {
	runes []rune  // the words, each between two spaces
	list  []word  // in the order of first appearance
	slots []int32 // hash table: a place in list plus 1, or 0; a power of two of them
}

// read replaces the words by those of text.
func (ws *words) read(text []byte) {
	ws.split(text, isWordRune)
	if len(ws.list) == 0 {
		ws.split(text, isSymbol)
	}
}

// split cuts text into maximal runs of code points that belong to words.
func (ws *words) split(text []byte, belongs func(rune) bool) {
	ws.reset()
	start := ws.begin()
	ascii := &asciiWord
	if belongs(asciiSymbol) {
		ascii = &asciiAll
	}
	for i := 0; i < len(text); {
		var r rune
		if c := text[i]; c < utf8.RuneSelf {
			r = rune(ascii[c])
			i++
		} else {
			var n int
			r, n = utf8.DecodeRune(text[i:])
			i += n
			if belongs(r) {
				r = unicode.ToLower(r)
			} else {
				r = 0
			}
		}
		if r != 0 {
			ws.runes = append(ws.runes, r)
		} else if len(ws.runes) > start+1 {
			ws.finish(start)
			start = ws.begin()
		}
	}
	if len(ws.runes) > start+1 {
		ws.finish(start)
	}
}

// reset forgets the words and keeps the memory.
func (ws *words) reset() {
	for _, w := range ws.list { // all slots would be many after one long text
		ws.slots[w.slot] = 0
	}
	ws.runes, ws.list = ws.runes[:0], ws.list[:0]
}

// begin puts the space before a word and returns its place.
func (ws *words) begin() int {
	ws.runes = append(ws.runes, ' ')
	return len(ws.runes) - 1
}

// finish counts the word that begins at start; a word seen before is not kept again.
func (ws *words) finish(start int) {
	ws.runes = append(ws.runes, ' ')
	if 2*len(ws.list) >= len(ws.slots) {
		ws.grow()
	}
	runes := ws.runes[start:]
	h := uint32(0)
	for _, r := range runes {
		h = (h ^ uint32(r)) * 0x01000193 // FNV-1a; it only finds equal words fast
	}
	h ^= h >> 15
	mask := uint32(len(ws.slots) - 1)
	at := h & mask
	for ; ws.slots[at] != 0; at = (at + 1) & mask {
		w := &ws.list[ws.slots[at]-1]
		if w.hash == h && slices.Equal(ws.runes[w.start:w.end], runes) {
			w.count++
			ws.runes = ws.runes[:start]
			return
		}
	}
	ws.list = append(ws.list, word{start: int32(start), end: int32(len(ws.runes)), hash: h, slot: at, count: 1})
	ws.slots[at] = int32(len(ws.list))
}

func (ws *words) grow() {
	ws.slots = make([]int32, max(64, 2*len(ws.slots)))
	mask := uint32(len(ws.slots) - 1)
	for i, w := range ws.list {
		at := w.hash & mask
		for ws.slots[at] != 0 {
			at = (at + 1) & mask
		}
		ws.slots[at] = int32(i + 1)
		ws.list[i].slot = at
	}
}

// weight is 16 (1 + log2 n), the logarithm drawn straight between powers of two.
func weight(n int32) int64 {
	log := bits.Len32(uint32(n)) - 1
	return 16*(1+int64(log)) + 16*(int64(n)-1<<log)>>log
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func isSymbol(r rune) bool { return !unicode.IsSpace(r) }

// asciiSymbol is a character that is part of a word only where symbols are.
const asciiSymbol = '}'

// asciiWord and asciiAll give the lower case of the ASCII characters that belong
// to words, without and with symbols, and 0 for those that separate them.
var asciiWord, asciiAll = func() (letters, all [utf8.RuneSelf]byte) {
	for c := range utf8.RuneSelf {
		if isWordRune(rune(c)) {
			letters[c] = byte(unicode.ToLower(rune(c)))
		}
		if isSymbol(rune(c)) {
			all[c] = byte(unicode.ToLower(rune(c)))
		}
	}
	return letters, all
}()
