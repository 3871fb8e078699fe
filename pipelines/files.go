package pipelines

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"leveler/configs"
	"leveler/internal/records"
	"leveler/internal/report"
)

// inputFiles lists the files of the input in the order that numbers their rows,
// and counts those of whole folders that are of another kind.
func (r *Run) inputFiles() (files []records.File, skipped map[string]int64, err error) {
	in := r.Config.Input
	seen := map[string]bool{}
	s := r.newSieve()
	for _, pattern := range in.Path {
		found, err := records.Expand(pattern, records.Filter{Include: in.Include, Exclude: in.Exclude, Left: s.link})
		if err == nil {
			found, err = s.keep(pattern, found)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("input.path: %w", err)
		}
		// What include names is wanted, whatever its extension.
		if records.WholeFolder(pattern) && len(in.Include) == 0 {
			kept, left := records.Select(found, in.Kind)
			if len(kept) == 0 {
				return nil, nil, fmt.Errorf("input.path: no file of %q is %s by its extension: %v; set input.kind: %s, or input.include to take them all the same",
					pattern, in.Kind, report.Skipped{Files: left}, strings.Join(kindsOf(left), " or "))
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
	skipped = s.tell(r, skipped)
	if len(skipped) > 0 {
		bar := r.Progress.Stage("Listing", int64(len(files)), "files")
		bar.Add(int64(len(files)))
		bar.Done("skipped " + report.Skipped{Files: skipped}.String() + r.otherKind(int64(len(files)), skipped))
	}
	return files, skipped, nil
}

// otherKind says what to set where most of a folder's files are of another kind:
// without input.kind a folder is text.
func (r *Run) otherKind(taken int64, skipped map[string]int64) string {
	for _, kind := range kindsOf(skipped) {
		var n int64
		for ext, files := range skipped {
			if records.FormatOf(ext) == kind {
				n += files
			}
		}
		if n > taken {
			return fmt.Sprintf(" (taken as %s; for the others set input.kind: %s)", r.Config.Input.Kind, kind)
		}
	}
	return ""
}

// kindsOf are the kinds of files with such extensions, that of most files first; all
// that files may be where no extension tells.
func kindsOf(extensions map[string]int64) (kinds []string) {
	count := map[string]int64{}
	for ext, n := range extensions {
		if kind := records.FormatOf(ext); kind != configs.KindText {
			count[kind] += n
		}
	}
	if len(count) == 0 {
		return []string{configs.KindImages, configs.KindAudio, configs.KindText}
	}
	return slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
}
