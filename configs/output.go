package configs

import "slices"

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
)

func (o *Output) validate(f *faults) {
	f.check(o.Dir != "", "output.dir", `must be a folder (got "")`)
	f.check(len(o.Formats) > 0, "output.formats", "must have at least one of npy and parquet")
	for i, format := range o.Formats {
		f.check(format == FormatNPY || format == FormatParquet,
			entry("output.formats", i), "must be npy or parquet (got %q)", format)
		f.check(!slices.Contains(o.Formats[:i], format), entry("output.formats", i), "must not be repeated (got %q)", format)
	}
}
