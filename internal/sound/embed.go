package sound

import "math"

const (
	rate         = 16000
	window       = 400 // 25 ms
	hop          = 160 // 10 ms
	bands        = 40
	coefficients = 20
	quarters     = 4

	floor = 1e-6 // 60 dB below the mean energy of a band
)

// filter has the weights of one mel band's triangle.
type filter struct {
	first   int
	weights []float64
}

var filters [bands]filter

func init() {
	// mel(f) = log(1 + f/700), up to a factor; the edges are evenly spaced.
	mel := func(bin int) float64 { return log2(1 + float64(bin)*rate/fftSize/700) }
	width := mel(fftSize/2) / (bands + 1)
	for b := range filters {
		for bin := range fftSize/2 + 1 {
			at := mel(bin)/width - float64(b) // 0 and 2 are the triangle's ends
			if w := min(at, 2-at); w > 0 {
				if filters[b].weights == nil {
					filters[b].first = bin
				}
				filters[b].weights = append(filters[b].weights, w)
			}
		}
	}
}

// Embed writes the vector of a sound, of length 1, to dst, of Dim values. It
// returns false, and zeros in dst, for silence, which has no direction.
func Embed(dst []float32, w Wave) bool {
	if len(dst) != Dim {
		panic("sound: Embed into another number of values than Dim")
	}
	clear(dst)
	energies := mels(w.Resample(rate).Samples)
	var total float64
	for _, e := range energies {
		for _, v := range e {
			total += v
		}
	}
	if total == 0 {
		return false
	}
	least := total / float64(len(energies)*bands) * floor
	cepstra := make([][coefficients]float64, len(energies))
	for t, e := range energies {
		for b, v := range e {
			e[b] = log2(v + least)
		}
		for k := range coefficients {
			var sum float64
			for b, v := range e {
				sum += float64(v * cosine[k][b])
			}
			cepstra[t][k] = sum
		}
	}
	return statistics(dst, cepstra)
}

// mels returns the energies of the bands in each window; a short sound fills one.
func mels(x []float32) [][bands]float64 {
	n := max(1, (len(x)-window)/hop+1)
	out := make([][bands]float64, n)
	var re, im [fftSize]float64
	for t := range out {
		clear(re[:])
		for i := range window {
			if at := t*hop + i; at < len(x) {
				re[i] = float64(hann[i] * float64(x[at]))
			}
		}
		power(&re, &im)
		for b, f := range filters {
			for i, w := range f.weights {
				out[t][b] += float64(w * re[f.first+i])
			}
		}
	}
	return out
}

// statistics writes the means and deviations of each quarter.
func statistics(dst []float32, cepstra [][coefficients]float64) bool {
	var x [Dim]float64
	var squares float64
	n := len(cepstra)
	for q := range quarters {
		from := q * n / quarters
		to := max(from+1, (q+1)*n/quarters)
		for k := range coefficients {
			var sum, sum2 float64
			for _, c := range cepstra[from:to] {
				sum += c[k]
			}
			mean := sum / float64(to-from)
			for _, c := range cepstra[from:to] {
				d := c[k] - mean
				sum2 += float64(d * d)
			}
			lift := math.Sqrt(float64(k + 1))
			at := (q*coefficients + k) * 2
			x[at] = float64(lift * mean)
			x[at+1] = float64(lift * math.Sqrt(sum2/float64(to-from)))
			squares += float64(x[at]*x[at]) + float64(x[at+1]*x[at+1])
		}
	}
	if squares == 0 {
		return false
	}
	length := math.Sqrt(squares)
	for i, v := range x {
		dst[i] = float32(v / length)
	}
	return true
}
