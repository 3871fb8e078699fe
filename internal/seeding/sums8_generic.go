package seeding

// sums8Go sets out[8*i+l] to sum over j of (x[row][j] - panel[l][j])^2 in
// float32, for the rows listed, where the panel holds 8 rows one after another.
// The order of the sum is unspecified: bounds allows for any.
func sums8Go(x []float32, rows []int32, d int, panel, out []float32) {
	for i, r := range rows {
		row := x[int(r)*d : (int(r)+1)*d]
		for l := range lanes {
			p := panel[l*d : (l+1)*d]
			var s float32
			for j, v := range row {
				e := v - p[j]
				s += e * e
			}
			out[i*lanes+l] = s
		}
	}
}
