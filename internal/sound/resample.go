package sound

// Resampling: a sinc of 16 zero crossings to each side under a Hann window, in
// phases of a 256th of a sample.
const (
	crossings = 16
	phases    = 256
)

// Resample returns the sound at another rate, low-passed where that is lower.
func (w Wave) Resample(rate int) Wave {
	if rate == w.Rate {
		return w
	}
	from, to := int64(w.Rate), int64(rate)
	cut := min(from, to) // the kernel runs at the lower of the rates
	reach := (crossings*from + cut - 1) / cut
	kernels := make([][]float32, phases)
	n := int64(len(w.Samples))
	out := Wave{Rate: rate, Samples: make([]float32, max(1, n*to/from))}
	for i := range out.Samples {
		at := int64(i) * from * phases / to // in phases of a sample
		first, phase := at/phases-reach+1, at%phases
		if kernels[phase] == nil {
			kernels[phase] = kernel(phase, reach, from, cut)
		}
		var sum float64
		for j, k := range kernels[phase] {
			if t := first + int64(j); t >= 0 && t < n {
				sum += float64(float64(k) * float64(w.Samples[t]))
			}
		}
		out.Samples[i] = float32(sum)
	}
	return out
}

// kernel has the weights of the 2 reach samples around a phase; they add up to 1.
func kernel(phase, reach, from, cut int64) []float32 {
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
	out := make([]float32, len(k))
	for j, v := range k {
		out[j] = float32(v / total)
	}
	return out
}
