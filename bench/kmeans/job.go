package main

import (
	"cmp"
	"slices"
	"syscall"
	"time"

	"leveler/internal/fixed"
	"leveler/internal/kernel"
	"leveler/internal/lloyd"
	"leveler/internal/npy"
)

type job struct {
	x              []float32
	n, d, k, iters int
	threads        int
	unit           bool
	checkpoints    []int
}

// A result is a line of output. Reading, and the inertia, are not timed.
type result struct {
	System      string    `json:"system"`
	Seeding     string    `json:"seeding"`
	Seed        uint64    `json:"seed"`
	N           int       `json:"n"`
	D           int       `json:"d"`
	K           int       `json:"k"`
	Threads     int       `json:"threads"`
	Iterations  int       `json:"iterations"`
	SeedCPU     float64   `json:"seed_cpu"`
	SeedWall    float64   `json:"seed_wall"`
	CPU         float64   `json:"cpu"` // seeding and Lloyd
	Wall        float64   `json:"wall"`
	Relocated   int       `json:"relocated"`
	Inertia     float64   `json:"inertia"`
	Checkpoints []float64 `json:"checkpoints,omitempty"`
	PerIter     []float64 `json:"iter_cpu,omitempty"`
}

// clock adds up the CPU and wall seconds of the stretches between start and stop.
type clock struct {
	cpu, wall float64
	cpu0      float64
	wall0     time.Time
}

func (c *clock) start() { c.cpu0, c.wall0 = cpuSeconds(), time.Now() }

func (c *clock) stop() {
	c.cpu += cpuSeconds() - c.cpu0
	c.wall += time.Since(c.wall0).Seconds()
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)*1e-6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

// run seeds and iterates. As in the peers the centroids returned are the means
// after the last assignment.
func (j *job) run(name string, seed uint64, given []float32) (*result, []float32, error) {
	r := &result{System: "leveler", Seeding: name, Seed: seed, N: j.n, D: j.d, K: j.k, Threads: j.threads}
	var t clock
	t.start()
	centroids, guess, err := j.seed(name, seed, given)
	if err != nil {
		return nil, nil, err
	}
	t.stop()
	r.SeedCPU, r.SeedWall = t.cpu, t.wall

	t.start()
	top := 1.0
	if !j.unit {
		top = float64(npy.MaxAbs(j.x))
	}
	sums := fixed.NewSums(j.k, j.d, fixed.ChooseScale(top, int64(j.n), j.unit))
	a := lloyd.NewAssigner(j.n, j.d)
	if guess != nil {
		a.Guess(guess)
	}
	for it := range j.iters {
		if slices.Contains(j.checkpoints, it) {
			t.stop()
			r.Checkpoints = append(r.Checkpoints, j.inertia(centroids))
			t.start()
		}
		before := cpuSeconds()
		c := kernel.New(centroids, j.k, j.d)
		sums.Reset()
		moved := a.Next(j.x, c, sums, j.threads)
		relocated := j.relocate(c, a.Labels(), sums)
		r.Relocated += relocated
		next := make([]float32, len(centroids)) // the assigner may hold the old ones
		for i := range j.k {
			if !sums.Mean(i, next[i*j.d:(i+1)*j.d]) {
				copy(next[i*j.d:], centroids[i*j.d:(i+1)*j.d])
			}
		}
		centroids = next
		r.Iterations++
		r.PerIter = append(r.PerIter, cpuSeconds()-before)
		if moved+int64(relocated) == 0 {
			break // every further iteration would repeat this one
		}
	}
	t.stop()
	r.CPU, r.Wall = t.cpu, t.wall
	r.Inertia = j.inertia(centroids)
	for len(r.Checkpoints) < len(j.checkpoints) {
		r.Checkpoints = append(r.Checkpoints, r.Inertia)
	}
	return r, centroids, nil
}

// relocate gives each empty cluster one of the rows farthest from their
// centroids, as DESIGN section 5 says.
func (j *job) relocate(c *kernel.Centroids, labels []int32, sums *fixed.Sums) int {
	var empty []int32
	for i, n := range sums.Counts {
		if n == 0 {
			empty = append(empty, int32(i))
		}
	}
	if len(empty) == 0 {
		return 0
	}
	dist := make([]float64, j.n)
	c.Distances(j.x, labels, dist)
	rows := make([]int, j.n)
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return -cmp.Compare(dist[a], dist[b]) })
	done := 0
	for _, r := range rows {
		if done == len(empty) || dist[r] == 0 {
			break
		}
		if sums.Counts[labels[r]] > 1 {
			sums.Move(j.x[r*j.d:(r+1)*j.d], labels[r], empty[done])
			done++
		}
	}
	return done
}

// inertia is the exact sum of the specification's squared distances.
func (j *job) inertia(centroids []float32) float64 {
	c := kernel.New(centroids, j.k, j.d)
	labels, dist := make([]int32, j.n), make([]float64, j.n)
	c.Assign(j.x, labels, new(kernel.Scratch))
	c.Distances(j.x, labels, dist)
	var p fixed.Potential
	for _, v := range dist {
		p.Add(v)
	}
	return p.Float64()
}
