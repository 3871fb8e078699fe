package configs

import (
	"strings"
)

// suggestion offers the known key that is closest to an unknown name: one of the
// same section, or one of another section by the same name.
func suggestion(name string, section []field) string {
	best, least := "", 1+len(name)/3 // edits that still look like a slip
	for _, f := range section {
		if d := edits(name, f.name); d <= least && (best == "" || d < least) {
			best, least = f.name, d
		}
	}
	if best == "" {
		for _, k := range Keys() {
			last := k.Path[strings.LastIndex(k.Path, ".")+1:]
			if last == name {
				best = k.Path
				break
			}
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// edits is the Levenshtein distance of two names.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
