package configs

import (
	"slices"
	"strings"
)

// Work is where a run keeps what it can go on from.
type Work struct {
	// Dir is a folder.
	Dir string `yaml:"dir" json:"dir"`
}

// Output is where the selection goes, and in which formats.
type Output struct {
	// Dir is a folder.
	Dir string `yaml:"dir" json:"dir"`
	// Formats are those of the selection; summary.json and report.html come always.
	Formats []string `yaml:"formats" json:"formats"`
}

// The formats of the selection.
const (
	FormatNPY     = "npy"     // indices.npy
	FormatParquet = "parquet" // selection.parquet
	FormatIDs     = "ids"     // ids.txt
	FormatJSONL   = "jsonl"   // selection.jsonl
)

// formats are all of them.
var formats = []string{FormatNPY, FormatParquet, FormatIDs, FormatJSONL}

func (o *Output) validate(f *faults) {
	f.check(o.Dir != "", "output.dir", `must be a folder (got "")`)
	all := strings.Join(formats[:len(formats)-1], ", ") + " or " + formats[len(formats)-1]
	f.check(len(o.Formats) > 0, "output.formats", "must have at least one of %s", all)
	for i, format := range o.Formats {
		f.check(slices.Contains(formats, format), entry("output.formats", i), "must be %s (got %q)", all, format)
		f.check(!slices.Contains(o.Formats[:i], format), entry("output.formats", i), "must not be repeated (got %q)", format)
	}
}
