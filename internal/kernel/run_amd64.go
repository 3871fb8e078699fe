//go:build amd64 && !noasm

package kernel

// runTiles scores the panels.
func (p *packed) runTiles(t *tiles, second bool) {
	switch {
	case p.path == pathAMX && second:
		tilesSecondAMX(t)
	case p.path == pathAMX:
		tilesAMX(t)
	case p.path == pathAVX512 && second:
		tilesSecondAVX512(t)
	case p.path == pathAVX512:
		tilesAVX512(t)
	case p.path == pathInt16 && second:
		tilesSecondInt16(t)
	case p.path == pathInt16:
		tilesInt16(t)
	case second:
		tilesSecondAVX2(t)
	default:
		tilesAVX2(t)
	}
}

// runScan finds each row's panel, and runPick what may win in it.
func (p *packed) runScan(t *tiles) {
	if p.path == pathAVX512 {
		scanAVX512(t)
		return
	}
	if p.d == 2 {
		planeAVX2(t)
		return
	}
	scanAVX2(t)
}

func (p *packed) runPick(t *tiles) {
	if p.path == pathAVX512 {
		pickAVX512(t)
		return
	}
	pickAVX2(t)
}

// runSelect marks the candidates in the panels that runTiles stored.
func (p *packed) runSelect(t *tiles) {
	switch {
	case t.slots == 0:
	case p.path == pathAMX:
		selectAMX(t)
	case p.path == pathAVX512:
		selectAVX512(t)
	default:
		selectAVX2(t)
	}
}

// runPack packs rows in the form of path p.
func (p *packed) runPack(a *packing) {
	switch p.path {
	case pathAMX:
		packBF16AVX512(a)
	case pathAVX512:
		packAVX512(a)
	case pathInt16:
		a.packInt16()
	default:
		packAVX2(a)
		a.finish()
	}
}

// runPair scores two rows against panels of their own.
func runPair(a *pairing) { pairInt16(a) }

// runExact evaluates eight pairs as specified.
func runExact(e *exact) {
	if useAVX512 {
		exactAVX512(e)
		return
	}
	exactAVX2(e)
	e.finish()
}

// runRefine evaluates eight pairs in float32.
func runRefine(e *refine) {
	if useAVX512 {
		refineAVX512(e)
		return
	}
	refineAVX2(e)
	e.finish()
}
