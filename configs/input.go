package configs

import (
	"path"
	"slices"
	"strings"

	"leveler/internal/records"
)

// Input says what is curated.
type Input struct {
	// Kind is one of the kinds; Complete derives it from the path when it is not
	// given.
	Kind string `yaml:"kind" json:"kind"`
	// Medium is MediumText, MediumImage or MediumAudio; Complete derives it from the
	// kind where the kind says it. Empty where the input is embedded already.
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
	// IDField is the field or the column with a record's id; without it an id is made
	// of the file and the line or row. For jsonl, parquet and npy with a table.
	IDField string `yaml:"id_field" json:"id_field"`
	// TextField is the field or the column with the text, of jsonl, parquet and the
	// .json members of webdataset.
	TextField string `yaml:"text_field" json:"text_field"`
	// ItemField is the column of parquet with the picture or the sound.
	ItemField string `yaml:"item_field" json:"item_field"`
	// EmbeddingField is the column of parquet with the embedding; with it nothing is
	// embedded.
	EmbeddingField string `yaml:"embedding_field" json:"embedding_field"`
	// Array is the array of npz with the embeddings.
	Array string `yaml:"array" json:"array"`
	// ItemExt are the extensions of the member of webdataset that is the item.
	ItemExt []string `yaml:"item_ext" json:"item_ext"`
	// MinChars is the least number of characters of a text; shorter lines and
	// documents are no rows.
	MinChars int `yaml:"min_chars" json:"min_chars"`
	// MaxRecordBytes is the most bytes of a record; a larger one is a bad row. 0 is
	// 1 MiB of text and 64 MiB of the rest.
	MaxRecordBytes Bytes `yaml:"max_record_bytes" json:"max_record_bytes"`
	// MaxFileBytes and MaxExpansion bound what a compressed file may expand to, in
	// bytes and as a multiple of its size.
	MaxFileBytes Bytes `yaml:"max_file_bytes" json:"max_file_bytes"`
	MaxExpansion int   `yaml:"max_expansion" json:"max_expansion"`
	// OnBadRow is BadRowFail or BadRowDrop.
	OnBadRow string `yaml:"on_bad_row" json:"on_bad_row"`
	// MaxBadFraction is the part of the rows that may be bad when they are dropped.
	MaxBadFraction float64 `yaml:"max_bad_fraction" json:"max_bad_fraction"`
	// OnDuplicateID is DuplicateIDKeep or DuplicateIDBad.
	OnDuplicateID string `yaml:"on_duplicate_id" json:"on_duplicate_id"`
	// SubsetIndicesPath is an int64 .npy file with the rows that take part; none
	// means all.
	SubsetIndicesPath string `yaml:"subset_indices_path" json:"subset_indices_path"`
}

// The kinds of input.
const (
	KindNPY        = records.FormatNPY        // matrices of embeddings, also with a Parquet file of ids beside each
	KindNPZ        = records.FormatNPZ        // the same in archives of named arrays
	KindVecs       = records.FormatVecs       // .fvecs, .bvecs and .ivecs
	KindText       = records.FormatText       // plain text
	KindJSONL      = records.FormatJSONL      // a JSON object per line
	KindParquet    = records.FormatParquet    // tables: a column of text, pictures, sounds or embeddings
	KindImages     = records.FormatImages     // a picture per file
	KindAudio      = records.FormatAudio      // a sound per file
	KindWebDataset = records.FormatWebDataset // tar archives
)

// kinds are all of them, as messages list them.
var kinds = []string{KindNPY, KindNPZ, KindVecs, KindText, KindJSONL, KindParquet, KindImages, KindAudio, KindWebDataset}

// The media: what a record is, which decides how it is embedded.
const (
	MediumText  = records.MediumText
	MediumImage = records.MediumImage
	MediumAudio = records.MediumAudio
)

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

// What happens to a row whose id an earlier row has.
const (
	DuplicateIDKeep = "keep" // it is a row like any other, counted and listed
	DuplicateIDBad  = "bad"  // it is a bad row
)

func defaultInput() Input {
	return Input{
		MinChars: records.DefaultMinChars, MaxFileBytes: records.DefaultMaxFileBytes, MaxExpansion: records.DefaultMaxExpansion,
		OnBadRow: BadRowFail, MaxBadFraction: 0.1, OnDuplicateID: DuplicateIDKeep,
	}
}

// complete derives what is not given; embedded says that the input is embeddings.
func (in *Input) complete(embedded bool) {
	if kinds := in.kinds(); in.Kind == "" && len(kinds) == 1 {
		in.Kind = kinds[0]
	}
	if embedded && in.Kind == KindParquet && in.EmbeddingField == "" {
		in.EmbeddingField = "embeddings" // NeMo Curator's
	}
	if in.Embedded() || in.Kind == "" {
		return // no records: there are none of their defaults
	}
	if in.Medium == "" {
		in.Medium = in.impliedMedium()
	}
	o := in.Options().WithDefaults()
	in.Medium, in.Split, in.TextField, in.ItemField, in.ItemExt = o.Medium, o.Split, o.TextField, o.ItemField, o.ItemExt
	in.MaxRecordBytes = Bytes(o.MaxRecordBytes)
}

// impliedMedium is what other keys say of the medium: webdataset holds pictures
// unless item_ext says otherwise, parquet texts where text_field is given.
func (in *Input) impliedMedium() string {
	switch {
	case in.Kind == KindWebDataset && len(in.ItemExt) > 0:
		return records.MediumOfExt(in.ItemExt[0])
	case in.Kind == KindWebDataset:
		return MediumImage
	case in.Kind == KindParquet && in.TextField != "":
		return MediumText
	}
	return ""
}

// Embedded tells whether the input is embeddings.
func (in *Input) Embedded() bool {
	return in.Kind == KindNPY || in.Kind == KindNPZ || in.Kind == KindVecs || in.Kind == KindParquet && in.EmbeddingField != ""
}

// Options says how the input's files become records.
func (in *Input) Options() records.Options {
	medium := in.Medium
	if in.Embedded() {
		medium = records.MediumEmbedding
	}
	return records.Options{
		Format: in.Kind, Medium: medium, Split: in.Split, IDField: in.IDField, TextField: in.TextField,
		ItemField: in.ItemField, EmbeddingField: in.EmbeddingField, Array: in.Array, ItemExt: in.ItemExt, MinChars: in.MinChars, MaxRecordBytes: int(in.MaxRecordBytes),
		MaxFileBytes: int64(in.MaxFileBytes), MaxExpansion: in.MaxExpansion,
	}
}

// kinds are what the extensions of the paths say, without repetitions.
func (in *Input) kinds() []string {
	var kinds []string
	for _, p := range in.Path {
		if kind := records.FormatOf(p); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func (in *Input) validate(f *faults) {
	in.validatePaths(f)
	f.supported("input.subset_indices_path", in.SubsetIndicesPath)
	switch {
	case in.Kind == "" && len(in.Path) == 0:
		// path is required: said already
	case in.Kind == "":
		f.add("input.kind", "must be given when the paths are of several kinds (got %s)", strings.Join(in.kinds(), ", "))
	default:
		last := len(kinds) - 1
		f.check(slices.Contains(kinds, in.Kind), "input.kind", "must be %s or %s (got %q)", strings.Join(kinds[:last], ", "), kinds[last], in.Kind)
	}
	if slices.Contains(kinds, in.Kind) {
		in.validateKind(f)
	}
	// Zero would stand for the default below.
	f.check(in.MinChars != 0, "input.min_chars", "must be >= 1 (got 0)")
	f.check(in.MaxFileBytes != 0, "input.max_file_bytes", "must be >= 1 (got 0)")
	f.check(in.MaxExpansion != 0, "input.max_expansion", "must be >= 1 (got 0)")
	f.check(in.OnBadRow == BadRowFail || in.OnBadRow == BadRowDrop,
		"input.on_bad_row", "must be fail or drop (got %q)", in.OnBadRow)
	f.check(in.OnDuplicateID == DuplicateIDKeep || in.OnDuplicateID == DuplicateIDBad,
		"input.on_duplicate_id", "must be keep or bad (got %q)", in.OnDuplicateID)
	f.check(in.MaxBadFraction >= 0 && in.MaxBadFraction <= 1, "input.max_bad_fraction", "must be from 0 to 1 (got %v)", in.MaxBadFraction)
}

// validateKind checks the keys that mean something for some kinds only.
func (in *Input) validateKind(f *faults) {
	only := func(key, value string, unless bool, what string) {
		f.check(unless || value == "", "input."+key, "must be left out unless kind is %s (got %q)", what, value)
	}
	only("array", in.Array, in.Kind == KindNPZ, "npz")
	only("embedding_field", in.EmbeddingField, in.Kind == KindParquet, "parquet")
	if in.Embedded() {
		what := "the input is embedded already"
		f.check(in.Medium == "", "input.medium", "must be left out: %s (got %q)", what, in.Medium)
		f.check(in.Split == "", "input.split", "must be left out unless kind is text (got %q)", in.Split)
		f.check(in.TextField == "", "input.text_field", "must be left out: %s (got %q)", what, in.TextField)
		f.check(in.ItemField == "", "input.item_field", "must be left out: %s (got %q)", what, in.ItemField)
		f.check(len(in.ItemExt) == 0, "input.item_ext", "must be left out: %s (got %q)", what, in.ItemExt)
		only("id_field", in.IDField, in.Kind != KindVecs, "jsonl, parquet, npy or npz")
		return
	}
	if in.Medium == "" {
		f.add("input.medium", "must be text, image or audio for parquet, unless text_field or embedding_field says it")
		return
	}
	for _, fault := range in.Options().Faults() {
		f.add("input."+fault.Key, "%s", fault.Text)
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
		f.supported(key, p)
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
