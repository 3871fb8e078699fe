package embed

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"leveler/internal/asset"
	"leveler/internal/npy"
	"leveler/internal/onnx"
	"leveler/internal/parallel"
	"leveler/internal/points"
	"leveler/internal/records"
)

// Model is an ONNX model with all that its inputs and outputs need.
type Model struct {
	Path, SHA256                     string
	Library, LibrarySHA256           string // ONNX Runtime; the digest may be empty
	Tokenizer, TokenizerSHA256       string // text: a tokenizer.json
	Preprocessor, PreprocessorSHA256 string // images and audio: a preprocessor_config.json
	MaxLength                        int    // text: tokens
	BatchSize                        int
	Output                           string
	Pooling                          string
	Normalise                        bool
	Provider                         string // where it runs: onnx.ProviderCPU or onnx.ProviderCUDA
}

// The poolings: how an output with a vector per token, patch or frame becomes one.
const (
	PoolingCLS  = "cls"  // the first
	PoolingMean = "mean" // the mean, of a text without its padding
	PoolingNone = "none" // the output is the vector
)

// session opens the library and the model, once per process: instances of a DoFn
// share them, and they live as long as the process.
func (m *Model) session() (*onnx.Session, error) {
	sessions.Lock()
	defer sessions.Unlock()
	key := [...]string{m.Library, m.LibrarySHA256, m.Path, m.SHA256, m.Provider}
	if s := sessions.open[key]; s != nil {
		return s, nil
	}
	lib, err := m.LoadLibrary()
	if err != nil {
		return nil, err
	}
	file, err := asset.Local(m.Path, m.SHA256)
	if err != nil {
		return nil, fmt.Errorf("embed.model: %w", err)
	}
	s, err := lib.Open(file.Path, m.Provider)
	if err != nil {
		return nil, fmt.Errorf("embed.model: %w", err)
	}
	if sessions.open == nil {
		sessions.open = map[[5]string]*onnx.Session{}
	}
	sessions.open[key] = s
	return s, nil
}

// LoadLibrary loads ONNX Runtime.
func (m *Model) LoadLibrary() (*onnx.Library, error) {
	path := m.Library
	if strings.Contains(path, "/") {
		file, err := asset.Local(path, m.LibrarySHA256)
		if err != nil {
			return nil, fmt.Errorf("embed.runtime_library: %w", err)
		}
		path = file.Path
	}
	lib, err := onnx.Load(path)
	if err != nil {
		return nil, fmt.Errorf("embed.runtime_library: %w", err)
	}
	return lib, nil
}

var sessions struct {
	sync.Mutex
	open map[[5]string]*onnx.Session
}

// newModel makes the embedder of the medium that runs a model.
func newModel(p Params) (Embedder, error) {
	s, err := p.Model.session()
	if err != nil {
		return nil, err
	}
	r := &runner{session: s, model: p.Model, dim: p.Dim, threads: p.Threads}
	if _, ok := onnx.Find(s.Outputs(), p.Model.Output); !ok {
		return nil, fmt.Errorf("embed.output: %s has no output %q; it has %s", p.Model.Path, p.Model.Output, onnx.Describe(s.Outputs()))
	}
	switch p.Medium {
	case records.MediumText:
		return newTextModel(r)
	default:
		return newMediaModel(r, p.Medium)
	}
}

// runner runs a model on batches.
type runner struct {
	session *onnx.Session
	model   Model
	dim     int
	threads int
}

// batches runs do on the parts of order that a batch of the model has, on all
// threads.
func (r *runner) batches(order []int, do func(batch []int) error) error {
	parts := slices.Collect(slices.Chunk(order, r.model.BatchSize))
	return parallel.Do(r.threads, len(parts), func(_, i int) error { return do(parts[i]) })
}

// run runs the model on a batch and writes the vector of its item i to row(i).
// mask has the tokens that count, 1, and the padding, 0; nil where all count.
func (r *runner) run(inputs []onnx.Tensor, n int, mask []int64, row func(i int) []float32, bad func(i int, reason string)) error {
	x, shape, err := r.session.Run(inputs, r.model.Output)
	if err != nil {
		return err
	}
	dim, err := r.width(shape, n)
	if err != nil {
		return err
	}
	if dim != r.dim {
		return fmt.Errorf("embed.output: %s gives %d dimensions, the points have %d", r.model.Output, dim, r.dim)
	}
	for i := range n {
		each := len(x) / n
		var m []int64
		if mask != nil {
			m = mask[i*len(mask)/n : (i+1)*len(mask)/n]
		}
		dst := row(i)
		r.pool(dst, x[i*each:(i+1)*each], len(shape) == 4, m)
		if col, isBad := npy.BadRow(dst); isBad {
			bad(i, fmt.Sprintf("the model gave %v in dimension %d", dst[col], col))
		} else if r.model.Normalise && !points.Normalise(dst) {
			bad(i, "the model gave a vector of length 0, which has no direction")
		}
	}
	return nil
}

// width checks the shape of an output for n items and returns the dimension of
// the vectors that the pooling makes of it.
func (r *runner) width(shape []int64, n int) (int, error) {
	m := r.model
	want := map[string][]int{PoolingNone: {2}, PoolingCLS: {3}, PoolingMean: {3, 4}}[m.Pooling]
	if !slices.Contains(want, len(shape)) || shape[0] != int64(n) {
		return 0, fmt.Errorf("embed.pooling: %s does not go with the output %s, whose shape is %v for a batch of %d", m.Pooling, m.Output, shape, n)
	}
	if len(shape) == 4 { // [batch, channel, y, x] of a convolutional network
		return int(shape[1]), nil
	}
	return int(shape[len(shape)-1]), nil
}

// pool makes dst of one item's output.
func (r *runner) pool(dst, x []float32, channelsFirst bool, mask []int64) {
	dim := len(dst)
	switch {
	case r.model.Pooling != PoolingMean: // the first, or the only
		copy(dst, x)
	case channelsFirst:
		each := len(x) / dim
		for j := range dst {
			var sum float64
			for _, v := range x[j*each : (j+1)*each] {
				sum += float64(v)
			}
			dst[j] = float32(sum / float64(each))
		}
	default:
		sums := make([]float64, dim)
		var n float64
		for t := range len(x) / dim {
			if mask != nil && mask[t] == 0 {
				continue
			}
			n++
			for j, v := range x[t*dim : (t+1)*dim] {
				sums[j] += float64(v)
			}
		}
		for j := range dst {
			dst[j] = float32(sums[j] / n)
		}
	}
}
