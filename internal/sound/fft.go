package sound

import "math/bits"

// fftSize is the number of points of the transform.
const fftSize = 512

// Tables of the transform and of the window.
var (
	turn   [fftSize/2 + 1][][2]float64 // of a step from h points: cos and -sin of pi k/h
	hann   [window]float64
	flip   [fftSize]int
	cosine [coefficients][bands]float64
)

func init() {
	for h := int64(4); h < fftSize; h *= 2 {
		for k := range h/2 + 1 {
			turn[h] = append(turn[h], [2]float64{cosPi(k, h), -sinPi(k, h)})
		}
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

// power transforms the real points in re (im is scratch) and returns the squares of
// the amplitudes up to half the rate in re.
//
// The transform of h real points is known by its first h/2+1 values: the others are
// their conjugates. So each block keeps only those, and a step computes
//
//	X[k] = A[k] + w^k B[k],   X[h-k] = conj(A[k] - w^k B[k]),   k = 0 ... h/2
//
// for the block of 2h points from the blocks A and B of h: half of the butterflies.
func power(re, im *[fftSize]float64) {
	for i, j := range flip {
		if i < j {
			re[i], re[j] = re[j], re[i]
		}
	}
	// The first two steps turn by multiples of a right angle only.
	for at := 0; at < fftSize; at += 4 {
		a, b := re[at]+re[at+1], re[at+2]+re[at+3]
		re[at+1], im[at+1] = re[at]-re[at+1], re[at+3]-re[at+2]
		re[at], re[at+2] = a+b, a-b
		im[at], im[at+2] = 0, 0
	}
	for h := 4; h < fftSize; h *= 2 {
		turns := turn[h]
		for start := 0; start < fftSize; start += 2 * h {
			reA, imA := re[start:start+h+1], im[start:start+h+1]
			reB, imB := re[start+h:start+2*h], im[start+h:start+2*h]
			a, b := reA[0], reB[0]
			reA[0], reA[h], imA[h] = a+b, a-b, 0
			for k := 1; k <= h/2; k++ {
				c, s := turns[k][0], turns[k][1]
				x := float64(reB[k]*c) - float64(imB[k]*s)
				y := float64(reB[k]*s) + float64(imB[k]*c)
				a, b := reA[k], imA[k]
				reA[h-k], imA[h-k] = a-x, y-b
				reA[k], imA[k] = a+x, b+y
			}
		}
	}
	for k := range fftSize/2 + 1 {
		re[k] = float64(re[k]*re[k]) + float64(im[k]*im[k])
	}
}
