package sound

import "math/bits"

// fftSize is the number of points of the transform.
const fftSize = 512

// Tables of the transform and of the window.
var (
	turn   [fftSize / 2][2]float64 // cos and -sin of 2 pi k/fftSize
	hann   [window]float64
	flip   [fftSize]int
	cosine [coefficients][bands]float64
)

func init() {
	for k := range turn {
		turn[k] = [2]float64{cosPi(int64(2*k), fftSize), -sinPi(int64(2*k), fftSize)}
	}
	for i := range hann {
		hann[i] = 0.5 - float64(0.5*cosPi(int64(2*i+1), window))
	}
	for i := range flip {
		flip[i] = int(bits.Reverse16(uint16(i)) >> (16 - 9)) // 2^9 points
	}
	for k := range cosine {
		for b := range bands {
			cosine[k][b] = cosPi(int64((k+1)*(2*b+1)), 2*bands)
		}
	}
}

// power transforms the points in re (im is scratch) and returns the squares of the
// amplitudes up to half the rate in re.
func power(re, im *[fftSize]float64) {
	for i, j := range flip {
		if i < j {
			re[i], re[j] = re[j], re[i]
		}
	}
	clear(im[:])
	for half := 1; half < fftSize; half *= 2 {
		step := fftSize / (2 * half)
		for start := 0; start < fftSize; start += 2 * half {
			for k := range half {
				c, s := turn[k*step][0], turn[k*step][1]
				a, b := start+k, start+k+half
				x := float64(re[b]*c) - float64(im[b]*s)
				y := float64(re[b]*s) + float64(im[b]*c)
				re[b], im[b] = re[a]-x, im[a]-y
				re[a], im[a] = re[a]+x, im[a]+y
			}
		}
	}
	for k := range fftSize/2 + 1 {
		re[k] = float64(re[k]*re[k]) + float64(im[k]*im[k])
	}
}
