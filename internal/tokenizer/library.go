package tokenizer

import (
	"fmt"
	"sync"
	"unicode/utf8"

	hf "github.com/sugarme/tokenizer"
	"github.com/sugarme/tokenizer/pretrained"
)

// library reads every tokenizer.json that the fast path does not.
type library struct {
	path string
	mu   sync.Mutex
	idle []*hf.Tokenizer // its caches are no business of two goroutines
}

func newLibrary(path string) (*library, error) {
	l := &library{path: path}
	t, err := l.load()
	if err != nil {
		return nil, err
	}
	l.idle = append(l.idle, t)
	return l, nil
}

// load reads the file. The library panics at some that it does not know.
func (l *library) load() (t *hf.Tokenizer, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("github.com/sugarme/tokenizer cannot read it: %v", p)
		}
	}()
	if t, err = pretrained.FromFile(l.path); err != nil {
		return nil, fmt.Errorf("github.com/sugarme/tokenizer cannot read it: %w", err)
	}
	t.WithPadding(nil)
	t.WithTruncation(nil)
	return t, nil
}

// bytesPerToken bounds what the library reads of a long text, in which its time
// grows faster than the length. A token of BPE has 4 bytes or so.
const bytesPerToken = 32

// encode implements model.
func (l *library) encode(dst []int64, text string, most int) (_ []int64, err error) {
	l.mu.Lock()
	var t *hf.Tokenizer
	if n := len(l.idle); n > 0 {
		t, l.idle = l.idle[n-1], l.idle[:n-1]
	}
	l.mu.Unlock()
	if t == nil {
		if t, err = l.load(); err != nil {
			return nil, err
		}
	}
	defer func() {
		if p := recover(); p != nil { // its state is unknown: do not keep it
			err = fmt.Errorf("tokenizer: panic: %v", p)
			return
		}
		l.mu.Lock()
		l.idle = append(l.idle, t)
		l.mu.Unlock()
	}()
	if most < len(text)/bytesPerToken {
		n := most * bytesPerToken
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	encoding, err := t.EncodeSingle(text, false)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	for _, id := range encoding.Ids {
		dst = append(dst, int64(id))
	}
	return dst, nil
}
