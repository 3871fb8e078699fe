package embed

import (
	"encoding/json"
	"fmt"
	"io"

	"leveler/internal/store"
	"leveler/transforms/collect"
)

// parts commits the part of each shard and skips those that are there.
type parts struct {
	dir  string
	done map[int][]string
}

// existing returns the part of a shard that was committed before, if it is
// whole; nil where there is none.
func (p *parts) existing(index int, first, rows int64) (*Part, error) {
	if p.done == nil {
		var err error
		if p.done, err = collect.Reports(p.dir, "part"); err != nil {
			return nil, err
		}
	}
	for _, path := range p.done[index] {
		b, err := store.ReadFile(path)
		if err != nil {
			return nil, err
		}
		part := new(Part)
		if json.Unmarshal(b, part) != nil { // torn by a crash of the machine
			continue
		}
		// Under another shard_bytes the same index has other rows.
		if part.First == first && part.Rows == rows && part.whole() {
			return part, nil
		}
	}
	return nil, nil //nolint:nilnil // nothing is there
}

// whole tells whether the part's files are there.
func (p *Part) whole() bool {
	for _, ref := range []store.Ref{p.Shard.File, p.Shard.Numbers, p.Shard.Ids, p.Keys, p.BadFile} {
		if !ref.IsZero() && store.CheckSize(ref) != nil {
			return false
		}
	}
	return true
}

// once emits the shard's part: the committed one, or the one that build makes.
func (p *parts) once(index int, first, rows int64, build func() (*Part, error), emit func(collect.Result)) error {
	part, err := p.existing(index, first, rows)
	if err != nil {
		return err
	}
	if part == nil {
		if part, err = build(); err != nil {
			return err
		}
		if err := p.commit(part, index, first, rows); err != nil {
			return err
		}
	}
	return emitPart(part, index, emit)
}

// commit says that a shard's part is whole.
func (p *parts) commit(part *Part, index int, first, rows int64) error {
	part.First, part.Rows = first, rows
	b, err := json.Marshal(part)
	if err != nil {
		return err
	}
	_, err = store.Commit(p.dir, fmt.Sprintf("part-%05d", index), ".json", func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	return err
}

func emitPart(part *Part, index int, emit func(collect.Result)) error {
	r, err := collect.NewResult(index, part)
	if err != nil {
		return err
	}
	emit(r)
	return nil
}
