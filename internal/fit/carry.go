package fit

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"leveler/internal/npy"
	"leveler/internal/store"
)

// carried returns what the shard's rows take from the pass before.
func (m *Machine) carried(st *State, shard int) (carry, error) {
	if m.resident != nil {
		return m.resident.carry[shard], nil
	}
	return loadCarry(st, shard)
}

func loadCarry(st *State, shard int) (c carry, err error) {
	if shard >= len(st.Carry) {
		return carry{}, nil
	}
	ref := st.Carry[shard]
	if !ref.Labels.IsZero() {
		if c.labels, err = readVerified(ref.Labels, npy.ReadInt32s); err != nil {
			return carry{}, err
		}
	}
	if !ref.D2.IsZero() {
		if c.d2, err = readVerified(ref.D2, npy.ReadFloat64s); err != nil {
			return carry{}, err
		}
	}
	return c, nil
}

// readVerified reads a carried file and checks its digest: it was committed as
// a cache, so a crash of the machine may have torn it.
func readVerified[T any](r store.Ref, read func(io.ReaderAt, int64) ([]T, error)) ([]T, error) {
	b, err := store.ReadVerified(r)
	if err != nil {
		return nil, err
	}
	v, err := read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Path, err)
	}
	return v, nil
}

// keep stores what the shard's rows take to the next pass: in memory, or as
// files of which p takes the names. What a pass leaves unchanged keeps its file.
func (m *Machine) keep(st *State, shard int, in, out carry, p *Partial) error {
	if m.resident != nil {
		m.resident.carry[shard] = out
		p.Carry = append(p.Carry, CarryRef{Shard: shard})
		return nil
	}
	ref := CarryRef{Shard: shard}
	var before CarryRef
	if shard < len(st.Carry) {
		before = st.Carry[shard]
	}
	var err error
	if ref.Labels, err = m.commitCarry(st, shard, "labels", before.Labels, same(in.labels, out.labels), out.labels == nil,
		func(w io.Writer) error { return npy.WriteInt32s(w, out.labels) }); err != nil {
		return err
	}
	if ref.D2, err = m.commitCarry(st, shard, "d2", before.D2, same(in.d2, out.d2), out.d2 == nil,
		func(w io.Writer) error { return npy.WriteFloat64s(w, out.d2) }); err != nil {
		return err
	}
	p.Carry = append(p.Carry, ref)
	return nil
}

// keepLabels drops all that the rows carry but their labels.
func (m *Machine) keepLabels(st *State) {
	st.Carry = slices.Clone(st.Carry)
	for i := range st.Carry {
		st.Carry[i].D2 = store.Ref{}
	}
	if m.resident != nil {
		for i := range m.resident.carry {
			m.resident.carry[i].d2 = nil
		}
	}
}

// same tells whether two slices are one.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0]
}

func (m *Machine) commitCarry(st *State, shard int, name string, before store.Ref, unchanged, none bool, write func(io.Writer) error) (store.Ref, error) {
	switch {
	case none:
		return store.Ref{}, nil
	case unchanged && !before.IsZero():
		return before, nil
	}
	return store.CommitCache(m.Dir, fmt.Sprintf("%s-%06d-%05d", name, st.Pass+1, shard), ".npy", write)
}

// flush writes what the resident rows carry, so that st can be a checkpoint.
func (m *Machine) flush(st *State) error {
	refs := make([]CarryRef, len(m.resident.carry))
	for i, c := range m.resident.carry {
		refs[i].Shard = i
		var err error
		if refs[i].Labels, err = m.commitCarry(st, i, "labels", store.Ref{}, false, c.labels == nil,
			func(w io.Writer) error { return npy.WriteInt32s(w, c.labels) }); err != nil {
			return err
		}
		if refs[i].D2, err = m.commitCarry(st, i, "d2", store.Ref{}, false, c.d2 == nil,
			func(w io.Writer) error { return npy.WriteFloat64s(w, c.d2) }); err != nil {
			return err
		}
	}
	st.Carry = nil
	for _, r := range refs {
		if !r.Labels.IsZero() || !r.D2.IsZero() {
			st.Carry = refs
		}
	}
	return nil
}
