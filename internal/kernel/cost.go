package kernel

// This file guesses what assignments take, in ns of one core, to choose between them. The
// figures were measured on a Sapphire-Rapids-class core of 2.6 GHz, those of AVX2 on a Zen 3
// of 3.4 GHz; a choice needs no more than their ratios.

// cost returns about how long the scores of 32 rows and a panel take, and the
// gathering of a centroid.
func (p *packed) cost() (panel, gather float64) {
	wd := float64(p.width * p.d)
	switch p.path {
	case pathAMX:
		return 30 + 28*float64(p.steps), 15 + 3*float64(p.steps)
	case pathInt16:
		return 40 + 0.46*wd, 0
	case pathAVX2:
		return 40 + 0.72*wd, 10 + 1.2*float64(p.d)
	default:
		return 40 + 0.38*wd, 10 + 1.2*float64(p.d)
	}
}

// panelCost is the panel cost of an assignment among all centroids.
func (c *Centroids) panelCost() float64 {
	panel, _ := c.packed.cost()
	switch {
	case c.crowded.Load():
	case c.path == pathDirect: // no scores are stored
		panel -= 22
	case c.path == pathDirect2:
		panel -= 37
	}
	return panel
}

// RowCost returns about how many ns the assignment of a row among all centroids takes.
func (c *Centroids) RowCost() float64 {
	if c.packed == nil {
		return float64(c.k * c.d) // no tiles: about 1 ns for a dimension
	}
	return c.panelCost() * float64(c.packed.panels) / rowsPerTile
}

// Cheap tells whether an assignment among all centroids takes so little that keeping
// bounds takes longer, at any rate below the given number of ns per row.
func (c *Centroids) Cheap(ns float64) bool { return c.path.direct() && c.RowCost() < ns }

// TablesCost returns about how many ns the tables of a pass with bounds take, Stairs and Near.
func (c *Centroids) TablesCost() float64 {
	k := float64(c.k)
	return k * (2*c.RowCost() + 3*min(k, stairMovers))
}

// ListCost returns about how many ns the list of the neighbours of centre a took.
func (s *Near) ListCost(a int) float64 {
	if s.none {
		return 0
	}
	each := 3.0
	if s.c.Apart() {
		each = 8 // and its rings
	}
	return each * float64(len(s.lists[a]))
}

// scatter is what a row costs more by itself than in its order, packing it and finding
// it included.
func (c *Centroids) scatter() float64 { return 40 + 0.3*float64(c.d) }

// Cost returns about how many ns the assignment of n rows of centre a takes, at most u away
// from it on average, among its neighbours or all centroids, whichever Worth and Few prefer.
func (s *Near) Cost(a, n int, u float32) float64 {
	c := s.c
	all := float64(n) * (c.RowCost() + c.scatter())
	if !s.Worth(a, n) {
		return all
	}
	if c.Apart() {
		if !s.Few(a, u) {
			return all
		}
		panel, _ := c.packed.cost()
		few := float64(s.ends[a][s.within(a, u)])
		return float64(n) * (2*c.scatter() + 1.15*few*panel/float64(rowsPerTile*c.packed.width))
	}
	return s.tilesCost(a, n) + float64(n)*c.scatter()
}

// tilesCost is the cost of n rows and the neighbours of centre a by tiles.
func (s *Near) tilesCost(a, n int) float64 {
	p, size := s.c.packed, len(s.lists[a])
	panels := (size + p.width - 1) / p.width
	tiles := (n + rowsPerTile - 1) / rowsPerTile
	panel, gather := p.cost()
	return float64(size)*gather + float64(tiles*panels)*panel
}

// Worth tells whether n rows of centre a are assigned sooner by Assign than among
// all centroids, gathering included.
func (s *Near) Worth(a, n int) bool {
	if s.none || s.large[a] || n == 0 || len(s.lists[a]) == 0 {
		return false
	}
	if s.c.Apart() {
		return true // Few decides for each row
	}
	return s.tilesCost(a, n) < float64(n)*s.c.RowCost()
}
