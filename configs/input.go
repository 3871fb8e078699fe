package configs

// Input says what is curated.
type Input struct {
	// Kind is KindNPY, KindText or KindJSONL; Load derives it from the path when it
	// is not given.
	Kind string `yaml:"kind" json:"kind"`
	// Path has the input: files, globs, folders ending in "/...". Required.
	Path Paths `yaml:"path" json:"path"`
	// Split is how text becomes records: SplitLine, SplitParagraph or SplitFile.
	// Empty for other kinds.
	Split string `yaml:"split" json:"split"`
	// Include and Exclude are globs of base names; a file must match one of Include,
	// if there are any, and none of Exclude.
	Include []string `yaml:"include" json:"include"`
	Exclude []string `yaml:"exclude" json:"exclude"`
	// IDField and TextField are the fields of a JSONL record; without IDField a
	// record's id is its file and line.
	IDField   string `yaml:"id_field" json:"id_field"`
	TextField string `yaml:"text_field" json:"text_field"`
	// MinChars is the least number of characters of a record; shorter ones are no rows.
	MinChars int `yaml:"min_chars" json:"min_chars"`
	// MaxRecordBytes is the most bytes of a record; a larger one is a bad row.
	MaxRecordBytes Bytes `yaml:"max_record_bytes" json:"max_record_bytes"`
	// OnBadRow is BadRowFail or BadRowDrop.
	OnBadRow string `yaml:"on_bad_row" json:"on_bad_row"`
	// SubsetIndicesPath is an int64 .npy file with the rows that take part; none
	// means all.
	SubsetIndicesPath string `yaml:"subset_indices_path" json:"subset_indices_path"`
}

// The kinds of input.
const (
	KindNPY   = "npy"   // matrices of embeddings
	KindText  = "text"  // plain text, also .gz
	KindJSONL = "jsonl" // a JSON object per line, also .gz
)

// The splits of text.
const (
	SplitLine      = "line"
	SplitParagraph = "paragraph"
	SplitFile      = "file"
)

// What happens to a bad row.
const (
	BadRowFail = "fail" // the run ends with its place and the reason
	BadRowDrop = "drop" // it takes no part, is counted and listed
)

func defaultInput() Input {
	return Input{MinChars: 1, MaxRecordBytes: 1 * MiB, OnBadRow: BadRowFail}
}
