package fit

import (
	"sync"

	"leveler/internal/kernel"
	"leveler/internal/lloyd"
	"leveler/internal/points"
	"leveler/internal/store"
)

// cache is what a process remembers between passes. Without it a pass computes
// the same.
type cache struct {
	mu        sync.Mutex
	path      string // of the packed centroids
	centroids *kernel.Centroids

	earlierThan string // the newest candidates of kmeans||
	earlier     []float32

	run       run
	assigners map[int]*lloyd.Assigner // by shard; one in use is not in the map
	buffers   [][]float32
}

// run is a k-means run: its shards keep their rows from pass to pass.
type run struct {
	step   int
	sample bool
}

// readMatrix reads a matrix that was committed as a cache, so that a crash of
// the machine may have torn it: it checks the digest.
func readMatrix(ref store.Ref) (x []float32, rows, dim int, err error) {
	if err := store.CheckDigest(ref); err != nil {
		return nil, 0, 0, err
	}
	return points.ReadMatrix(ref.Path)
}

// packed returns the centroids of a file, ready for the kernel.
func (c *cache) packed(ref store.Ref) (*kernel.Centroids, error) {
	c.mu.Lock()
	defer c.mu.Unlock() // others would only read the same file
	if c.path != ref.Path {
		x, k, d, err := readMatrix(ref)
		if err != nil {
			return nil, err
		}
		c.path, c.centroids = ref.Path, kernel.New(x, k, d)
		c.earlierThan, c.earlier = "", nil
	}
	return c.centroids, nil
}

// assigner takes the shard's assigner, with the bounds of the pass before, for
// the caller alone. done gives it back.
func (m *Machine) assigner(t task) (a *lloyd.Assigner, done func()) {
	c := &m.cache
	this := run{t.st.Step, t.set != m.Set}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.run != this || c.assigners == nil {
		c.run, c.assigners = this, map[int]*lloyd.Assigner{}
	}
	shard := t.shard.Index
	a = c.assigners[shard]
	delete(c.assigners, shard)
	if a == nil {
		a = lloyd.NewAssigner(int(t.shard.Rows), t.set.Dim)
		a.Lean = m.resident == nil
	}
	return a, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.run == this && c.assigners != nil { // a late attempt may come after forget
			c.assigners[shard] = a
		}
	}
}

// forget drops the bounds of a k-means run that has ended.
func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.assigners = nil
}

// buffer takes a slice for a shard's rows, nil where none is free.
func (c *cache) buffer() []float32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.buffers)
	if n == 0 {
		return nil
	}
	b := c.buffers[n-1]
	c.buffers = c.buffers[:n-1]
	return b
}

func (c *cache) recycle(b []float32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buffers = append(c.buffers, b)
}
