package kernel

import "math"

// The constants of PROOF.md, which derives each of them.
const (
	unit32 = 0x1p-24 // half an ulp of 1 in float32
	unit64 = 0x1p-53 // and in float64

	// maxTileD bounds d so that d unit32 stays below 0.005, as the proof assumes.
	maxTileD = 65536

	// maxSquare bounds the squared norms, about the shift, for which no float32
	// score can overflow; rows beyond it are evaluated in float64.
	maxSquare = 1e36

	// slop covers the second-order terms and the rounding of the bounds themselves.
	slop = 1.03
)

// A bound is one panel's error bound: a score of row x is within
// scale |x| + residue |x - x'| + add of the exact one, x' being x as rounded
// for a low-precision path.
type bound struct {
	scale, residue, add float32
	_                   float32
}

// boundFloat32 bounds the error of float32 scores of d dimensions for centroids
// whose norms, about the shift, are at most norm, and halves at most half.
func boundFloat32(d int, norm, half float64) bound {
	fused := 0.0 // of path direct: its sums begin with the half, not end
	if d <= maxDirectD {
		fused = float64(d) / 2
	}
	return bound{
		scale: float32(float64(d+16) * unit32 * slop * norm),
		add:   float32(2*(8+fused)*unit32*slop*half + float64(d+16)*0x1p-148),
	}
}

// boundBF16 bounds the error of bf16 tiles of d dimensions for centroids whose
// norms are at most norm, halves at most half, and lose at most residue by rounding.
func boundBF16(d int, norm, half, residue float64) bound {
	n := float64((d+31)/32*64 + 48)
	return bound{
		scale:   float32(slop * (residue + n*unit32*norm)),
		residue: float32(slop * norm),
		add:     float32(slop*(n+16)*unit32*half + n*0x1p-125),
	}
}

// boundInt16 bounds the error of 16-bit integer scores of d dimensions for centroids whose
// norms are at most norm, halves at most half, and lose at most residue by rounding.
func boundInt16(d int, norm, half, residue float64) bound {
	row := math.Sqrt(float64(d)) / 2 / int16Norm // of a row's norm, lost by rounding
	return bound{
		scale: float32(slop * (residue + (row+20*unit32)*norm)),
		add:   float32(16*unit32*slop*half + 0x1p-110),
	}
}

// rowNorm returns an upper bound of a row's norm from its squares as summed in
// float32.
func rowNorm(square float32, d int) float32 {
	return float32(math.Sqrt(float64(square)*(1+float64(d+4)*unit32*2)+float64(d)*0x1p-148) * (1 + 2*unit32))
}

// rowSlack returns twice the error of the specification itself, as far as it
// depends on the row.
func rowSlack(square float32, d int) float32 {
	return float32(2*float64(d+8)*unit64*slop*float64(square) + 0x1p-148)
}
