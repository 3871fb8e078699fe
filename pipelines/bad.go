package pipelines

import (
	"fmt"
	"io"

	"leveler/configs"
	"leveler/internal/store"
	"leveler/transforms/embed"
)

// badRecords is the file of the output folder that lists every bad row.
const badRecords = "bad_records.parquet"

// duplicateIDs is the one that lists the rows whose id an earlier row has, unless
// they are bad rows.
const duplicateIDs = "duplicate_ids.parquet"

// publishBad writes the lists of bad rows and of duplicates, also where the run
// ends because of them; with none it takes away those of an earlier run.
func (r *Run) publishBad(in *input) error {
	for _, list := range []struct {
		name  string
		files []store.Ref
	}{{badRecords, in.BadFiles}, {duplicateIDs, in.DuplicateFiles}} {
		path := store.Join(r.Config.Output.Dir, list.name)
		if len(list.files) == 0 {
			if err := r.ledger.Remove(path); err != nil {
				return err
			}
			continue
		}
		if _, err := r.publishOutput(list.name, func(w io.Writer) error { return embed.WriteBad(w, list.files) }); err != nil {
			return err
		}
	}
	if len(in.DuplicateFiles) > 0 {
		r.note("%d rows repeat the id of an earlier row and are kept; all are in %s (input.on_duplicate_id)",
			in.DuplicateCount, store.Join(r.Config.Output.Dir, duplicateIDs))
	}
	return nil
}

// checkPoints refuses what cannot be curated.
func (r *Run) checkPoints(in *input, subset store.Ref) error {
	if !subset.IsZero() {
		if _, err := r.indices("input.subset_indices_path", r.Config.Input.SubsetIndicesPath, in.InputRows); err != nil {
			return err
		}
	}
	if in.BadCount > 0 && r.Config.Input.OnBadRow == configs.BadRowFail {
		more := ""
		if in.BadCount > 1 {
			more = fmt.Sprintf(" (and %d more bad rows, all in %s)", in.BadCount-1, store.Join(r.Config.Output.Dir, badRecords))
		}
		return fmt.Errorf("%s%s; mend it, or set input.on_bad_row: drop", describe(in.Bad[0]), more)
	}
	if in.set.Rows == 0 {
		why := ""
		if in.BadCount > 0 {
			why = "; the first: " + describe(in.Bad[0])
		}
		return fmt.Errorf("input.path: none of %d rows can be used (%d bad, %d not in the subset%s)", in.InputRows, in.BadCount, in.Excluded, why)
	}
	taken := in.InputRows - in.Excluded
	if most := r.Config.Input.MaxBadFraction; float64(in.BadCount) > most*float64(taken) {
		return fmt.Errorf("input.max_bad_fraction: %d of %d rows are bad, more than %v of them; the first: %s; all are in %s",
			in.BadCount, taken, most, describe(in.Bad[0]), store.Join(r.Config.Output.Dir, badRecords))
	}
	return nil
}

// describe names a bad row's place and fault.
func describe(b embed.BadRow) string {
	place := fmt.Sprintf("row %d", b.Row)
	if b.Line > 0 {
		place = fmt.Sprintf("line %d", b.Line)
	}
	return fmt.Sprintf("%s: %s: %s", b.Path, place, b.Reason)
}
