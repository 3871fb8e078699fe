package configs

import (
	"path"
	"slices"
	"strings"

	"leveler/internal/records"
)

// Input says what is curated.
type Input struct {
	// Kind is KindNPY, KindText or KindJSONL; Complete derives it from the path when
	// it is not given.
	Kind string `yaml:"kind" json:"kind"`
	// Medium is MediumText, MediumImage or MediumAudio; Complete derives it from the
	// kind where the kind says it. Empty for npy.
	Medium string `yaml:"medium" json:"medium"`
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
	// record's id is its file and line. Empty for other kinds.
	IDField   string `yaml:"id_field" json:"id_field"`
	TextField string `yaml:"text_field" json:"text_field"`
	// MinChars is the least number of characters of a record; shorter ones are no
	// rows. Not for npy.
	MinChars int `yaml:"min_chars" json:"min_chars"`
	// MaxRecordBytes is the most bytes of a record; a larger one is a bad row. Not
	// for npy.
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

// The media: what a record is, which decides how it is embedded.
const (
	MediumText  = records.MediumText
	MediumImage = records.MediumImage
	MediumAudio = records.MediumAudio
)

// mediumOf has the medium of each kind of input that has one only.
var mediumOf = map[string]string{
	KindText: MediumText, KindJSONL: MediumText, "images": MediumImage, "audio": MediumAudio,
}

// The splits of text.
const (
	SplitLine      = "line"      // each line that is not blank
	SplitParagraph = "paragraph" // each run of lines that are not blank
	SplitFile      = "file"      // the whole file
)

// What happens to a bad row.
const (
	BadRowFail = "fail" // the run ends with its place and the reason
	BadRowDrop = "drop" // it takes no part, is counted and listed
)

// maxRecord is the most that max_record_bytes may be: what a worker can hold.
const maxRecord = 1 * GiB

// kindOf are the kinds of input by extension; any other is text.
var kindOf = map[string]string{
	".npy":   KindNPY,
	".jsonl": KindJSONL, ".ndjson": KindJSONL,
	".parquet": "parquet",
	".tar":     "webdataset",
	".jpg":     "images", ".jpeg": "images", ".png": "images", ".webp": "images",
	".wav": "audio", ".flac": "audio", ".mp3": "audio", ".ogg": "audio",
}

// unbuilt are the kinds of the design that have no code yet.
var unbuilt = []string{"parquet", "images", "webdataset", "audio"}

func defaultInput() Input {
	return Input{MinChars: 1, MaxRecordBytes: 1 * MiB, OnBadRow: BadRowFail}
}

func (in *Input) complete() {
	if kinds := in.kinds(); in.Kind == "" && len(kinds) == 1 {
		in.Kind = kinds[0]
	}
	if in.Medium == "" {
		in.Medium = mediumOf[in.Kind]
	}
	if in.Kind == KindText && in.Split == "" {
		in.Split = SplitLine
	}
	if in.Kind == KindJSONL && in.TextField == "" {
		in.TextField = "text"
	}
}

// kinds are what the extensions of the paths say, without repetitions.
func (in *Input) kinds() []string {
	var kinds []string
	for _, p := range in.Path {
		kind, ok := kindOf[path.Ext(strings.TrimSuffix(strings.ToLower(p), ".gz"))]
		if !ok {
			kind = KindText
		}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func (in *Input) validate(f *faults) {
	in.validatePaths(f)
	switch {
	case in.Kind == "" && len(in.Path) == 0:
		// path is required: said already
	case in.Kind == "":
		f.add("input.kind", "must be given when the paths are of several kinds (got %s)", strings.Join(in.kinds(), ", "))
	case slices.Contains(unbuilt, in.Kind):
		f.add("input.kind", "%s is not built yet; must be npy, text or jsonl", in.Kind)
	default:
		f.check(slices.Contains([]string{KindNPY, KindText, KindJSONL}, in.Kind),
			"input.kind", "must be npy, text or jsonl (got %q)", in.Kind)
	}
	in.validateMedium(f)
	if in.Kind == KindText {
		f.check(slices.Contains([]string{SplitLine, SplitParagraph, SplitFile}, in.Split),
			"input.split", "must be line, paragraph or file (got %q)", in.Split)
	} else if in.Kind != "" {
		f.check(in.Split == "", "input.split", "must be left out unless kind is text (got %q)", in.Split)
	}
	if in.Kind != KindJSONL && in.Kind != "" {
		f.check(in.IDField == "", "input.id_field", "must be left out unless kind is jsonl (got %q)", in.IDField)
		f.check(in.TextField == "", "input.text_field", "must be left out unless kind is jsonl (got %q)", in.TextField)
	}
	f.check(in.MinChars >= 1, "input.min_chars", "must be >= 1 (got %d)", in.MinChars)
	f.check(in.MaxRecordBytes >= 1 && in.MaxRecordBytes <= maxRecord,
		"input.max_record_bytes", "must be from 1 to %v (got %v)", maxRecord, in.MaxRecordBytes)
	f.check(int64(in.MinChars) <= max(1, int64(in.MaxRecordBytes)),
		"input.min_chars", "must be <= max_record_bytes, %v (got %d)", in.MaxRecordBytes, in.MinChars)
	f.check(in.OnBadRow == BadRowFail || in.OnBadRow == BadRowDrop,
		"input.on_bad_row", "must be fail or drop (got %q)", in.OnBadRow)
}

func (in *Input) validateMedium(f *faults) {
	only, fixed := mediumOf[in.Kind]
	switch {
	case in.Kind == "":
		// there is a fault about it already
	case in.Kind == KindNPY:
		f.check(in.Medium == "", "input.medium", "must be left out with npy input, which is embedded already (got %q)", in.Medium)
	case fixed:
		f.check(in.Medium == only, "input.medium", "must be %s for %s input (got %q)", only, in.Kind, in.Medium)
	default:
		f.check(slices.Contains([]string{"", MediumText, MediumImage, MediumAudio}, in.Medium),
			"input.medium", "must be text, image or audio (got %q)", in.Medium)
	}
}

func (in *Input) validatePaths(f *faults) {
	f.check(len(in.Path) > 0, "input.path", "is required: a file, a glob or a folder ending in /...")
	for i, p := range in.Path {
		key := "input.path"
		if len(in.Path) > 1 {
			key = entry(key, i)
		}
		f.check(p != "", key, `must be a path (got "")`)
	}
	globs := func(key string, list []string) {
		for i, glob := range list {
			_, err := path.Match(glob, "")
			f.check(err == nil && glob != "" && !strings.Contains(glob, "/"),
				entry(key, i), `must be a pattern of file names such as "*.txt" (got %q)`, glob)
		}
	}
	globs("input.include", in.Include)
	globs("input.exclude", in.Exclude)
}
