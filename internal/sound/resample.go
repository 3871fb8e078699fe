package sound

// Resampling: a sinc of 16 zero crossings to each side under a Hann window, in
// phases of a 256th of a sample.
const (
	crossings = 16
	phases    = 256
	block     = 4096 // samples made of one copy of those before as float64
)

// Resample returns the sound at another rate, low-passed where that is lower.
func (w Wave) Resample(rate int) Wave {
	if rate == w.Rate {
		return w
	}
	from, to := int64(w.Rate), int64(rate)
	cut := min(from, to) // the kernel runs at the lower of the rates
	reach := (crossings*from + cut - 1) / cut
	kernels := make([]kernel, phases)
	n := int64(len(w.Samples))
	out := Wave{Rate: rate, Samples: make([]float32, max(1, n*to/from))}
	place := func(i int) int64 { return int64(i) * from * phases / to } // in phases of a sample
	var x []float64                                                     // the samples from start on that a block needs
	var start int64
	for i := range out.Samples {
		at := place(i)
		if i%block == 0 {
			start = min(max(0, at/phases-reach+1), n)
			end := place(min(i+block, len(out.Samples))-1)/phases + reach + 1
			x = x[:0]
			for _, v := range w.Samples[start:min(end, n)] {
				x = append(x, float64(v))
			}
		}
		k := &kernels[at%phases]
		if k.weights == nil {
			*k = newKernel(at%phases, reach, from, cut)
		}
		first := at/phases - reach + 1 + k.first
		weights := k.weights
		if first < 0 {
			weights, first = weights[min(-first, int64(len(weights))):], 0
		}
		var sum float64
		for j, v := range x[min(first, n)-start : min(first+int64(len(weights)), n)-start] {
			sum += float64(weights[j] * v)
		}
		out.Samples[i] = float32(sum)
	}
	return out
}

// kernel has the weights of samples in a row, from the first that is not 0 to the last.
type kernel struct {
	first   int64
	weights []float64
}

// newKernel weighs the 2 reach samples around a phase; the weights add up to 1.
func newKernel(phase, reach, from, cut int64) kernel {
	k := make([]float64, 2*reach)
	var total float64
	for j := range k {
		t := (int64(j)-reach+1)*phases - phase // from the place, in phases
		if t < -reach*phases || t > reach*phases {
			continue
		}
		v := 1.0
		if t != 0 { // sinc(t cut/from)
			x := float64(3.141592653589793*float64(t*cut)) / float64(phases*from)
			v = sinPi(t*cut, phases*from) / x
		}
		k[j] = float64(v * (0.5 + float64(0.5*cosPi(t, reach*phases))))
		total += k[j]
	}
	for j, v := range k {
		k[j] = float64(float32(v / total))
	}
	first, last := 0, len(k)
	for k[first] == 0 {
		first++
	}
	for k[last-1] == 0 {
		last--
	}
	return kernel{int64(first), k[first:last]}
}
