package configs

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
