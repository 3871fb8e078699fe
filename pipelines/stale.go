package pipelines

import (
	"slices"

	"leveler/configs"
	"leveler/internal/store"
)

// removeStale takes away the lists and cards that an earlier run left in the output
// folder and this one was not asked for: they would tell of another selection than
// the summary beside them. A file that has other content since then is left. Copies,
// which may be large, are left and named.
func (r *Run) removeStale() error {
	o := r.Config.Output
	for name, ref := range r.owned.Files {
		if slices.Contains(r.outputNames(), name) || ref.SHA256 == "" || !r.owned.as(o.Dir, name) {
			continue
		}
		if err := r.ledger.Remove(store.Join(o.Dir, name)); err != nil {
			return err
		}
	}
	for _, format := range configs.CopyFormats() {
		if slices.Contains(o.Formats, format) {
			continue
		}
		if m, err := readMarker(copyFolder(o.Dir, format)); err != nil {
			return err
		} else if m != nil {
			r.note("%s holds the copy of an earlier run, which was not asked for again: it may be of another selection", copyFolder(o.Dir, format))
		}
		if err := r.sweepStaging(o.Dir, format, ""); err != nil { // of a killed run
			return err
		}
	}
	return nil
}
