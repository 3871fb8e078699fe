package pipelines

import (
	"fmt"

	"leveler/internal/records"
	"leveler/internal/report"
)

// inputFiles lists the files of the input in the order that numbers their rows,
// and counts those of whole folders that are of another kind.
func (r *Run) inputFiles() (files []records.File, skipped map[string]int64, err error) {
	in := r.Config.Input
	seen := map[string]bool{}
	for _, pattern := range in.Path {
		found, err := records.Expand(pattern, records.Filter{Include: in.Include, Exclude: in.Exclude})
		if err != nil {
			return nil, nil, fmt.Errorf("input.path: %w", err)
		}
		// What include names is wanted, whatever its extension.
		if records.WholeFolder(pattern) && len(in.Include) == 0 {
			kept, left := records.Select(found, in.Kind)
			if len(kept) == 0 {
				return nil, nil, fmt.Errorf("input.path: no file of %q has an extension of %s: %v; set input.kind, or input.include to take them all the same",
					pattern, in.Kind, report.Skipped{Files: left})
			}
			found = kept
			for ext, n := range left {
				if skipped == nil {
					skipped = map[string]int64{}
				}
				skipped[ext] += n
			}
		}
		for _, f := range found {
			if !seen[f.Path] {
				seen[f.Path] = true
				files = append(files, f)
			}
		}
	}
	records.SortFiles(files)
	if len(skipped) > 0 {
		bar := r.Progress.Stage("Listing", int64(len(files)), "files")
		bar.Add(int64(len(files)))
		bar.Done("skipped " + report.Skipped{Files: skipped}.String())
	}
	return files, skipped, nil
}
