package embed

import (
	"fmt"

	"leveler/internal/asset"
	"leveler/internal/npy"
	"leveler/internal/onnx"
	"leveler/internal/picture"
	"leveler/internal/records"
	"leveler/internal/sound"
)

// mediaModel embeds pictures or sounds: each item becomes a row of floats of one
// shape.
type mediaModel struct {
	*runner
	input  onnx.Value
	shape  []int64 // of an item
	values int
	read   func(dst []float32, data []byte) (reason string)
}

var _ Embedder = (*mediaModel)(nil)

// newMediaModel makes the embedder of pictures or sounds.
func newMediaModel(r *runner, medium string) (Embedder, error) {
	if err := CheckInputs(medium, r.session.Inputs()); err != nil {
		return nil, fmt.Errorf("embed.model: %s: %w", r.model.Path, err)
	}
	file, err := asset.Local(r.model.Preprocessor, r.model.PreprocessorSHA256)
	if err != nil {
		return nil, fmt.Errorf("embed.preprocessor: %w", err)
	}
	e := &mediaModel{runner: r, input: r.session.Inputs()[0]}
	if medium == records.MediumImage {
		err = e.pictures(file.Path)
	} else {
		err = e.sounds(file.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("embed.preprocessor: %w", err)
	}
	if have := e.input.Shape; len(have) > 0 {
		fits := len(have) == len(e.shape)+1
		for i, n := range e.shape {
			fits = fits && (have[i+1] < 0 || have[i+1] == n)
		}
		if !fits {
			return nil, fmt.Errorf("embed.preprocessor: %s makes an input of shape %v, the model %s takes %v", r.model.Preprocessor, e.shape, r.model.Path, e.input)
		}
	}
	return e, nil
}

func (e *mediaModel) pictures(path string) error {
	p, err := picture.ReadPreprocessor(path)
	if err != nil {
		return err
	}
	e.shape, e.values = []int64{3, int64(p.Height), int64(p.Width)}, p.Values()
	e.read = func(dst []float32, data []byte) string {
		m, err := picture.Decode(data)
		if err == nil {
			err = p.Apply(dst, m)
		}
		if err != nil {
			return err.Error()
		}
		return ""
	}
	return nil
}

func (e *mediaModel) sounds(path string) error {
	f, err := sound.ReadFrontend(path)
	if err != nil {
		return err
	}
	if e.values = f.Values(); f.Raw {
		e.shape = []int64{int64(f.Length)}
	} else {
		e.shape = []int64{int64(f.Mels), int64(f.Frames)}
	}
	e.read = func(dst []float32, data []byte) string {
		w, err := sound.Decode(data)
		if err != nil {
			return err.Error()
		}
		f.Apply(dst, w)
		return ""
	}
	return nil
}

// Embed implements Embedder. A batch's items are decoded on the thread that runs
// the model on them.
func (e *mediaModel) Embed(dst []float32, reasons []string, batch []records.Record) error {
	order := make([]int, len(batch))
	for i := range order {
		order[i] = i
	}
	return e.batches(order, func(part []int) error {
		x := make([]float32, 0, len(part)*e.values)
		good := make([]int, 0, len(part))
		for _, i := range part {
			n := len(x)
			if reasons[i] = e.read(x[n:n+e.values], batch[i].Data); reasons[i] == "" {
				x, good = x[:n+e.values], append(good, i)
			}
		}
		if len(good) == 0 {
			return nil
		}
		t := onnx.Tensor{Name: e.input.Name, Shape: append([]int64{int64(len(good))}, e.shape...), Float32: x}
		if e.input.Type == onnx.Float16 {
			t.Float32, t.Float16 = nil, make([]uint16, len(x))
			for i, v := range x {
				t.Float16[i] = npy.ToHalf(v)
			}
		}
		err := e.run([]onnx.Tensor{t}, len(good), nil,
			func(i int) []float32 { return dst[good[i]*e.dim : (good[i]+1)*e.dim] },
			func(i int, reason string) { reasons[good[i]] = reason })
		if err != nil {
			return fmt.Errorf("embedding %d items, the first %s: %w", len(good), batch[good[0]].ID, err)
		}
		return nil
	})
}
