package fit

// Advance does what needs no pass over the shards: it begins k-means runs.
func (m *Machine) Advance(st *State) (*State, error) {
	if st.Phase != PhaseBegin {
		return st, nil
	}
	next := *st
	next.Pass++ // so that checkpoints are in order
	if err := m.begin(&next); err != nil {
		return nil, err
	}
	return &next, nil
}

// Run does passes in this process for as long as their point set fits in
// memory. checkpoint is called after every pass with a function that makes the
// state complete on storage; it may leave it uncalled.
func (m *Machine) Run(st *State, checkpoint func(st *State, complete func() error) error) (*State, error) {
	defer func() { m.resident = nil }()
	for {
		if st.Phase == PhaseBegin && m.current(st).Bytes() <= m.InWorkerBytes {
			if err := m.load(st); err != nil {
				return nil, err
			}
		}
		var err error
		if st, err = m.Advance(st); err != nil {
			return nil, err
		}
		if !m.FitsInWorker(st) {
			break
		}
		if err := m.load(st); err != nil {
			return nil, err
		}
		var p Partial
		for i := range m.current(st).Shards {
			if err := m.Map(st, i, &p); err != nil {
				return nil, err
			}
		}
		if st, err = m.Reduce(st, &p); err != nil {
			return nil, err
		}
		if checkpoint != nil {
			if err := checkpoint(st, func() error { return m.flush(st) }); err != nil {
				return nil, err
			}
		}
	}
	if m.resident != nil {
		return st, m.flush(st)
	}
	return st, nil
}

// load takes the next pass's point set and what its rows carry into memory.
func (m *Machine) load(st *State) error {
	set := m.current(st)
	if m.resident != nil && m.resident.set == set {
		return nil
	}
	x, err := set.ReadAll()
	if err != nil {
		return err
	}
	r := &resident{set: set, all: x, rows: make([][]float32, len(set.Shards)), carry: make([]carry, len(set.Shards))}
	for i, sh := range set.Shards {
		lo := int(sh.Start) * set.Dim
		r.rows[i] = x[lo : lo+int(sh.Rows)*set.Dim]
		if r.carry[i], err = loadCarry(st, i); err != nil {
			return err
		}
	}
	m.resident = r
	return nil
}
