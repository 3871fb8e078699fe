package tokenizer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// step is a part of a normalizer.
type step func(text string) string

// pattern is what Replace looks for.
type pattern struct {
	String *string
	Regex  *string
}

// stepConfig is a normalizer of any type.
type stepConfig struct {
	Type        string            `json:"type"`
	Normalizers []json.RawMessage `json:"normalizers"` // of Sequence
	Charsmap    []byte            `json:"precompiled_charsmap"`
	Pattern     pattern           `json:"pattern"`
	Content     string            `json:"content"`
	Left        bool              `json:"strip_left"`
	Right       bool              `json:"strip_right"`
	Prepend     string            `json:"prepend"`
}

// steps reads a normalizer.
func steps(b []byte) ([]step, error) {
	var f *stepConfig
	if len(b) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if f == nil { // null
		return nil, nil
	}
	one := func(s step) ([]step, error) { return []step{s}, nil }
	switch f.Type {
	case "Sequence":
		var all []step
		for _, n := range f.Normalizers {
			list, err := steps(n)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
		return all, nil
	case "Precompiled":
		if len(f.Charsmap) == 0 {
			return nil, nil
		}
		m, err := newCharsmap(f.Charsmap)
		if err != nil {
			return nil, fmt.Errorf("normalizer: %w", err)
		}
		return one(m.apply)
	case "Replace":
		return f.replace()
	case "NFC", "NFD", "NFKC", "NFKD":
		return one(map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}[f.Type].String)
	case "Lowercase":
		return one(func(text string) string { return strings.ReplaceAll(strings.ToLower(text), "İ", "i\u0307") })
	case "StripAccents":
		return one(func(text string) string {
			return strings.Map(func(r rune) rune {
				if unicode.Is(unicode.M, r) {
					return -1
				}
				return r
			}, text)
		})
	case "Strip":
		return one(func(text string) string {
			if f.Left {
				text = strings.TrimLeftFunc(text, unicode.IsSpace)
			}
			if f.Right {
				text = strings.TrimRightFunc(text, unicode.IsSpace)
			}
			return text
		})
	case "Prepend":
		return one(func(text string) string {
			if text == "" {
				return ""
			}
			return f.Prepend + text
		})
	}
	return nil, fmt.Errorf("normalizer: the type %q is not supported with Unigram", f.Type)
}

// replace makes the step of a Replace.
func (f *stepConfig) replace() ([]step, error) {
	switch {
	case f.Pattern.String != nil && *f.Pattern.String != "":
		return []step{func(text string) string { return strings.ReplaceAll(text, *f.Pattern.String, f.Content) }}, nil
	case f.Pattern.Regex != nil:
		re, err := regexp.Compile(*f.Pattern.Regex)
		if err != nil {
			return nil, fmt.Errorf("normalizer: the pattern %q is not supported: %w", *f.Pattern.Regex, err)
		}
		return []step{func(text string) string { return re.ReplaceAllLiteralString(text, f.Content) }}, nil
	}
	return nil, fmt.Errorf("normalizer: a Replace without a pattern")
}

// splitter cuts a part of a text into words; first says that the part begins the text.
type splitter func(part string, first bool) []string

// splitterConfig is a pre_tokenizer of any type.
type splitterConfig struct {
	Type          string            `json:"type"`
	PreTokenizers []json.RawMessage `json:"pretokenizers"` // of Sequence
	Replacement   string            `json:"replacement"`
	AddPrefix     *bool             `json:"add_prefix_space"` // before there was prepend_scheme
	Prepend       string            `json:"prepend_scheme"`
	Split         *bool             `json:"split"`
}

// splitters reads a pre_tokenizer.
func splitters(b []byte) ([]splitter, error) {
	var f *splitterConfig
	if len(b) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if f == nil {
		return nil, nil
	}
	switch f.Type {
	case "Sequence":
		var all []splitter
		for _, p := range f.PreTokenizers {
			list, err := splitters(p)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
		}
		return all, nil
	case "WhitespaceSplit":
		return []splitter{func(part string, _ bool) []string { return strings.FieldsFunc(part, unicode.IsSpace) }}, nil
	case "Metaspace":
		if f.Prepend == "" {
			f.Prepend = "always"
			if f.AddPrefix != nil && !*f.AddPrefix {
				f.Prepend = "never"
			}
		}
		if f.Replacement == "" {
			return nil, fmt.Errorf("pre_tokenizer: Metaspace without a replacement")
		}
		return []splitter{f.metaspace}, nil
	}
	return nil, fmt.Errorf("pre_tokenizer: the type %q is not supported with Unigram", f.Type)
}

// metaspace makes spaces visible and begins a word at each.
func (f *splitterConfig) metaspace(part string, first bool) []string {
	part = strings.ReplaceAll(part, " ", f.Replacement)
	if (f.Prepend == "always" || f.Prepend == "first" && first) && !strings.HasPrefix(part, f.Replacement) {
		part = f.Replacement + part
	}
	if f.Split != nil && !*f.Split {
		return []string{part}
	}
	var words []string
	for len(part) > 0 {
		end := len(part)
		if at := strings.Index(part[1:], f.Replacement); at >= 0 {
			end = 1 + at
		}
		words, part = append(words, part[:end]), part[end:]
	}
	return words
}

// cut applies splitters to a part of a text.
func cut(all []splitter, part string, first bool) []string {
	if part == "" {
		return nil
	}
	words := []string{part}
	for _, s := range all {
		var finer []string
		for i, w := range words {
			finer = append(finer, s(w, first && i == 0)...)
		}
		words = finer
	}
	return words
}
