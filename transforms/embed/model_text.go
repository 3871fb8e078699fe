package embed

import (
	"cmp"
	"fmt"
	"slices"

	"leveler/internal/asset"
	"leveler/internal/onnx"
	"leveler/internal/records"
	"leveler/internal/tokenizer"
)

// textModel embeds text.
type textModel struct {
	*runner
	tokens *tokenizer.Tokenizer
}

var _ Embedder = (*textModel)(nil)

// The inputs that text models have; each is [batch, sequence].
const (
	inputIDs      = "input_ids"
	attentionMask = "attention_mask"
	tokenTypeIDs  = "token_type_ids"
	positionIDs   = "position_ids"
)

var textInputs = []string{inputIDs, attentionMask, tokenTypeIDs, positionIDs}

// CheckInputs tells whether a model's inputs are those of a medium.
func CheckInputs(medium string, inputs []onnx.Value) error {
	switch medium {
	case records.MediumText:
		if _, ok := onnx.Find(inputs, inputIDs); !ok {
			return fmt.Errorf("a text model has an input %s; this one has %s", inputIDs, onnx.Describe(inputs))
		}
		for _, v := range inputs {
			if !slices.Contains(textInputs, v.Name) || v.Type != onnx.Int64 && v.Type != onnx.Int32 {
				return fmt.Errorf("the input %v is none of a text model: those are %v, integers", v, textInputs)
			}
		}
		return nil
	}
	if len(inputs) != 1 || inputs[0].Type != onnx.Float32 && inputs[0].Type != onnx.Float16 {
		return fmt.Errorf("a model of %s has one input, of floats; this one has %s", medium, onnx.Describe(inputs))
	}
	return nil
}

func newTextModel(r *runner) (Embedder, error) {
	if err := CheckInputs(records.MediumText, r.session.Inputs()); err != nil {
		return nil, fmt.Errorf("embed.model: %s: %w", r.model.Path, err)
	}
	file, err := asset.Local(r.model.Tokenizer, r.model.TokenizerSHA256)
	if err != nil {
		return nil, fmt.Errorf("embed.tokenizer: %w", err)
	}
	t, err := tokenizer.Open(file.Path)
	if err != nil {
		return nil, fmt.Errorf("embed.tokenizer: %w", err)
	}
	return &textModel{r, t}, nil
}

// Embed implements Embedder. The model sees the texts by length, the longest
// first, so that a batch has little padding and no thread ends with a long one.
func (e *textModel) Embed(dst []float32, reasons []string, batch []records.Record) error {
	ids := make([][]int64, len(batch))
	err := eachRecord(e.threads, batch, func(_, i int) error {
		var err error
		if ids[i], err = e.tokens.Encode(string(batch[i].Data), e.model.MaxLength); err != nil {
			reasons[i] = err.Error()
		}
		return nil
	})
	if err != nil {
		return err
	}
	order := make([]int, 0, len(batch))
	for i := range batch {
		if reasons[i] == "" && len(ids[i]) == 0 {
			reasons[i] = "no tokens to embed"
		}
		if reasons[i] == "" {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(ids[b]), len(ids[a])) })
	return e.batches(order, func(items []int) error {
		inputs, mask := e.inputs(items, ids)
		err := e.run(inputs, len(items), mask,
			func(i int) []float32 { return dst[items[i]*e.dim : (items[i]+1)*e.dim] },
			func(i int, reason string) { reasons[items[i]] = reason })
		if err != nil {
			first := batch[items[0]]
			return fmt.Errorf("embedding %d texts, the longest %s: %w", len(items), first.ID, err)
		}
		return nil
	})
}

// inputs makes the tensors of a batch, of which the first text is the longest.
func (e *textModel) inputs(items []int, ids [][]int64) ([]onnx.Tensor, []int64) {
	n, length := len(items), len(ids[items[0]])
	tensors := map[string][]int64{}
	for _, name := range textInputs {
		tensors[name] = make([]int64, n*length)
	}
	for i, item := range items {
		row := tensors[inputIDs][i*length : (i+1)*length]
		for t := range row {
			row[t] = e.tokens.PadID()
			tensors[positionIDs][i*length+t] = int64(t)
		}
		copy(row, ids[item])
		for t := range ids[item] {
			tensors[attentionMask][i*length+t] = 1
		}
	}
	var inputs []onnx.Tensor
	for _, v := range e.session.Inputs() {
		x := onnx.Tensor{Name: v.Name, Shape: []int64{int64(n), int64(length)}}
		if v.Type == onnx.Int32 {
			x.Int32 = make([]int32, n*length)
			for i, id := range tensors[v.Name] {
				x.Int32[i] = int32(id)
			}
		} else {
			x.Int64 = tensors[v.Name]
		}
		inputs = append(inputs, x)
	}
	return inputs, tensors[attentionMask]
}
