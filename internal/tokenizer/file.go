package tokenizer

import (
	"encoding/json"
	"fmt"
)

// file is what is read of a tokenizer.json here.
type file struct {
	AddedTokens   []addedToken    `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor postProcessor   `json:"post_processor"`
	Padding       *struct {
		PadID int64 `json:"pad_id"`
	} `json:"padding"`
	Model struct {
		Type      string          `json:"type"`
		Vocab     json.RawMessage `json:"vocab"`
		Unknown   string          `json:"unk_token"`
		Prefix    string          `json:"continuing_subword_prefix"`
		MostChars int             `json:"max_input_chars_per_word"`
		// Of Unigram.
		UnknownID    *int64 `json:"unk_id"`
		ByteFallback bool   `json:"byte_fallback"`
	} `json:"model"`
}

type kind struct {
	Type string `json:"type"`
}

type addedToken struct {
	ID         int64  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

type postProcessor struct {
	Type string `json:"type"`
	// Of BertProcessing and RobertaProcessing: a token and its id.
	Sep, Cls []any
	// Of TemplateProcessing.
	Single []struct {
		SpecialToken *struct{ ID string }
		Sequence     *struct{ ID string }
	}
	SpecialTokens map[string]struct{ IDs []int64 } `json:"special_tokens"`
	// Of Sequence.
	Processors []postProcessor
}

// isBERT tells whether the fast path reads the file as the library would.
func (f *file) isBERT() bool {
	var n, p kind
	if json.Unmarshal(f.Normalizer, &n) != nil || json.Unmarshal(f.PreTokenizer, &p) != nil {
		return false
	}
	for _, t := range f.AddedTokens {
		if t.SingleWord || t.LStrip || t.RStrip || t.Normalized || t.Content == "" {
			return false
		}
	}
	return f.Model.Type == "WordPiece" && n.Type == "BertNormalizer" && p.Type == "BertPreTokenizer"
}

// template returns the special tokens that go around a single text.
func (f *file) template() (prefix, suffix []int64, err error) {
	return f.PostProcessor.template()
}

func (p *postProcessor) template() (prefix, suffix []int64, err error) {
	switch p.Type {
	case "", "ByteLevel":
		return nil, nil, nil
	case "BertProcessing", "RobertaProcessing":
		if prefix, err = tokenID(p.Cls); err == nil {
			suffix, err = tokenID(p.Sep)
		}
		return prefix, suffix, err
	case "Sequence":
		for i := range p.Processors {
			before, after, err := p.Processors[i].template()
			if err != nil {
				return nil, nil, err
			}
			prefix, suffix = append(before, prefix...), append(suffix, after...)
		}
		return prefix, suffix, nil
	case "TemplateProcessing":
		seen := false
		for _, piece := range p.Single {
			switch {
			case piece.Sequence != nil:
				seen = true
			case piece.SpecialToken != nil:
				special, ok := p.SpecialTokens[piece.SpecialToken.ID]
				if !ok {
					return nil, nil, fmt.Errorf("post_processor: the template's token %q has no ids", piece.SpecialToken.ID)
				}
				if seen {
					suffix = append(suffix, special.IDs...)
				} else {
					prefix = append(prefix, special.IDs...)
				}
			}
		}
		return prefix, suffix, nil
	}
	return nil, nil, fmt.Errorf("post_processor: the type %q is not supported", p.Type)
}

// tokenID reads ["[CLS]", 101].
func tokenID(pair []any) ([]int64, error) {
	if len(pair) == 2 {
		if id, ok := pair[1].(float64); ok {
			return []int64{int64(id)}, nil
		}
	}
	return nil, fmt.Errorf("post_processor: want a token and its id (got %v)", pair)
}

// padID is the padding's id, by the usual names where the file asks for no padding.
func (f *file) padID() int64 {
	if f.Padding != nil {
		return f.Padding.PadID
	}
	for _, t := range f.AddedTokens {
		if t.Content == "[PAD]" || t.Content == "<pad>" {
			return t.ID
		}
	}
	return 0
}
