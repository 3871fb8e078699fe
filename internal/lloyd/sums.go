package lloyd

import "leveler/internal/fixed"

// runningLimit is the size in bytes above which no second copy of the sums is
// kept: a worker at k = 100,000 and d = 1024 must not hold 819 MB twice.
const runningLimit = 128 << 20

// addTo adds every row of x to sums under its label. Where it pays it moves only
// the rows whose label changed, in sums of its own which it then adds: integer
// sums make the two bit-equal.
func (a *Assigner) addTo(sums *fixed.Sums, x []float32, threads int) {
	size := 8 * (len(sums.Hi) + len(sums.Lo))
	if a.Lean || size > runningLimit || a.n < 4*sums.K {
		a.running, a.added = nil, nil
		parallel(threads, func(t int) {
			for i, j := range a.labels {
				if int(j)%threads == t {
					sums.Add(int(j), x[i*a.d:(i+1)*a.d])
				}
			}
		})
		return
	}
	if r := a.running; r == nil || r.K != sums.K || r.Scale != sums.Scale {
		a.running = fixed.NewSums(sums.K, sums.D, sums.Scale)
		if a.added == nil {
			a.added = make([]int32, a.n)
		}
		for i := range a.added {
			a.added[i] = -1
		}
	}
	// Goroutine t owns the clusters that are t modulo threads, so that all share
	// one accumulator and neighbouring clusters, often of like size, are spread.
	parallel(threads, func(t int) {
		for i, to := range a.labels {
			from := a.added[i]
			if from == to {
				continue
			}
			row := x[i*a.d : (i+1)*a.d]
			if from >= 0 && int(from)%threads == t {
				a.running.Sub(int(from), row)
			}
			if int(to)%threads == t {
				a.running.Add(int(to), row)
			}
		}
	})
	copy(a.added, a.labels)
	sums.Merge(a.running)
}
