package picture

import (
	"encoding/json"
	"fmt"
	"image"
	"os"
)

// Preprocessor makes a model's input of a picture, as its preprocessor_config.json
// (the format of Hugging Face's image processors) says.
type Preprocessor struct {
	Width, Height int // of the input
	resize, crop  size
	filter        Filter
	rescale       float64
	mean, std     [3]float64
}

// size is {height, width}, {shortest_edge} or a number.
type size struct {
	Height       int `json:"height"`
	Width        int `json:"width"`
	ShortestEdge int `json:"shortest_edge"`
}

// UnmarshalJSON reads a number as the shortest edge.
func (s *size) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &s.ShortestEdge) == nil {
		return nil
	}
	type plain size
	return json.Unmarshal(b, (*plain)(s))
}

func (s size) isZero() bool { return s == size{} }

// maxEdge is the most pixels along a side of a model's input.
const maxEdge = 4096

// ReadPreprocessor reads a preprocessor_config.json.
func ReadPreprocessor(path string) (*Preprocessor, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := parsePreprocessor(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

func parsePreprocessor(b []byte) (*Preprocessor, error) {
	yes := true
	f := struct {
		DoResize     *bool     `json:"do_resize"`
		Size         size      `json:"size"`
		Resample     *int      `json:"resample"`
		DoCenterCrop bool      `json:"do_center_crop"`
		CropSize     size      `json:"crop_size"`
		DoRescale    *bool     `json:"do_rescale"`
		Rescale      float64   `json:"rescale_factor"`
		DoNormalize  *bool     `json:"do_normalize"`
		Mean         []float64 `json:"image_mean"`
		Std          []float64 `json:"image_std"`
	}{DoResize: &yes, DoRescale: &yes, DoNormalize: &yes, Rescale: 1.0 / 255}
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("is no preprocessor_config.json of images: %w", err)
	}
	p := &Preprocessor{filter: Bilinear, rescale: 1, std: [3]float64{1, 1, 1}}
	if f.Resample != nil {
		p.filter = Filter(*f.Resample)
	}
	if p.filter != Bilinear && p.filter != Bicubic {
		return nil, fmt.Errorf("resample %d is not supported: 2 (bilinear) and 3 (bicubic) are", p.filter)
	}
	if f.DoResize == nil || *f.DoResize {
		p.resize = f.Size
	}
	if f.DoCenterCrop {
		p.crop = f.CropSize
		if p.crop.ShortestEdge > 0 {
			p.crop = size{Height: p.crop.ShortestEdge, Width: p.crop.ShortestEdge}
		}
	}
	if f.DoRescale == nil || *f.DoRescale {
		p.rescale = f.Rescale
	}
	if f.DoNormalize == nil || *f.DoNormalize {
		for i, v := range [][]float64{f.Mean, f.Std} {
			if len(v) != 3 {
				return nil, fmt.Errorf("image_mean and image_std must have 3 numbers (got %v)", v)
			}
			copy([][]float64{p.mean[:], p.std[:]}[i], v)
		}
	}
	return p, p.finish()
}

// finish finds the size of the input, which must be the same for every picture.
func (p *Preprocessor) finish() error {
	s := p.crop
	if s.isZero() {
		s = p.resize
	}
	p.Width, p.Height = s.Width, s.Height
	if p.Width < 1 || p.Height < 1 || max(p.Width, p.Height, p.resize.ShortestEdge, p.resize.Width, p.resize.Height) > maxEdge {
		return fmt.Errorf("the size of the input must follow from crop_size, or from a size of height and width, from 1 to %d (got size %+v, crop_size %+v)", maxEdge, p.resize, p.crop)
	}
	for _, v := range p.std {
		if v == 0 {
			return fmt.Errorf("image_std has a zero: %v", p.std)
		}
	}
	return nil
}

// Values is the number of floats of an input: 3 x Height x Width.
func (p *Preprocessor) Values() int { return 3 * p.Width * p.Height }

// Apply writes the input for a picture: all of R, then G, then B. A picture that
// is too long for its width is a fault of the data.
func (p *Preprocessor) Apply(dst []float32, m image.Image) error {
	x := ToRGB(m)
	switch s := p.resize; {
	case s.ShortestEdge > 0: // the longer side follows, rounded down
		w, h := s.ShortestEdge, s.ShortestEdge
		if x.Width > x.Height {
			w = s.ShortestEdge * x.Width / x.Height
		} else {
			h = s.ShortestEdge * x.Height / x.Width
		}
		if w > MaxPixels/h {
			return fmt.Errorf("a picture of %dx%d pixels, too long for a model that looks at its middle", x.Width, x.Height)
		}
		x = x.Resize(max(1, w), max(1, h), p.filter)
	case !s.isZero():
		x = x.Resize(s.Width, s.Height, p.filter)
	}
	if !p.crop.isZero() {
		x = x.Crop(p.crop.Width, p.crop.Height)
	}
	area := x.Width * x.Height
	for c := range 3 {
		for i := range area {
			dst[c*area+i] = float32((float64(x.Pix[3*i+c])*p.rescale - p.mean[c]) / p.std[c])
		}
	}
	return nil
}
