package lloyd

import "leveler/internal/kernel"

// judge decides, once it is known what n rows cost with bounds and neighbours and
// what without, how the pass goes on. Where bounds save little they rest for 1, 3, 7 … passes;
// where they would take longer than they save for 3, 31, 255 …; and for 31 at once where
// neighbours are no fewer than all, as in noise of many dimensions: so data which bounds do not suit
// pay little for them.
func (p *prune) judge(n int, with, without float64) mode {
	with += boundsCost * float64(n)
	if p.always || with < 0.85*without {
		p.failures = 0
		return bounded
	}
	p.failures = min(p.failures+1, 5)
	switch {
	case p.each >= without/float64(n):
		p.rest = 31
	case with < without:
		p.rest = 1<<p.failures - 1
	default:
		p.rest = 1<<(3*p.failures-1) - 1
	}
	return dense
}

// An outlook tells before bounds are made whether they would pay, from what they were when last
// made: how far apart they lie depends on the data more than on the pass.
type outlook struct {
	gaps   []float32 // of some of the rows, by how much the lower bound was above the upper
	owners []int32   // their labels
	each   float64   // ns that a row left open cost when last judged, and 0 before
	fixed  float64   // ns that the tables took for all
}

// outlookRows is how many rows an outlook looks at.
const outlookRows = 1024

// look remembers the bounds just made.
func (o *outlook) look(labels []int32, upper, lower []float32) {
	o.gaps, o.owners = o.gaps[:0], o.owners[:0]
	step := max(len(labels)/outlookRows, 1)
	for i := 0; i < len(labels); i += step {
		o.gaps = append(o.gaps, lower[i]-upper[i])
		o.owners = append(o.owners, labels[i])
	}
}

// promising tells whether bounds would pay if made now and the centroids then moved once more as
// they did, by drift and at most by most: any other centroid may have come nearer by most.
func (o *outlook) promising(drift []float32, most float32, n int, c *kernel.Centroids) bool {
	if o.each == 0 || len(o.gaps) == 0 {
		return false
	}
	open := 0
	for i, gap := range o.gaps {
		if gap <= drift[o.owners[i]]+most {
			open++
		}
	}
	share := float64(open) / float64(len(o.gaps))
	return share*o.each+boundsCost+o.fixed/float64(n) < 0.7*c.RowCost()
}
