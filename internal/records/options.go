package records

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The formats.
const (
	FormatText       = "text"
	FormatJSONL      = "jsonl"
	FormatImages     = "images"     // each file a picture
	FormatAudio      = "audio"      // each file a sound
	FormatWebDataset = "webdataset" // tar archives; the members of a key make a row
	FormatParquet    = "parquet"
	FormatNPY        = "npy"  // a matrix of embeddings
	FormatNPZ        = "npz"  // the same in a zip archive
	FormatVecs       = "vecs" // .fvecs, .bvecs, .ivecs
)

// formats are all of them, as messages list them.
var formats = []string{FormatText, FormatJSONL, FormatImages, FormatAudio, FormatWebDataset, FormatParquet, FormatNPY, FormatNPZ, FormatVecs}

// The ways to split text into records.
const (
	SplitLine      = "line"      // each line that is not blank
	SplitParagraph = "paragraph" // each maximal run of lines that are not blank
	SplitFile      = "file"      // the whole file without blank lines at its ends
)

// The defaults of zero values.
const (
	DefaultMinChars       = 1
	DefaultMaxTextBytes   = 1 << 20  // of a text
	DefaultMaxRecordBytes = 64 << 20 // of a picture or a sound
	DefaultMaxFileBytes   = 1 << 40
	DefaultMaxExpansion   = 250
	DefaultTextField      = "text"
)

// itemExt is what a WebDataset's item of a medium is when nothing is said.
var itemExt = map[string][]string{
	MediumImage: {"jpg", "jpeg", "png", "webp", "gif"},
	MediumAudio: {"wav", "flac"},
	MediumText:  {"txt", "json"},
}

// itemField is the column of a medium's item when nothing is said, as Hugging
// Face names it.
var itemField = map[string]string{MediumImage: "image", MediumAudio: "audio"}

// mediumOf is the medium of the formats that have one only.
var mediumOf = map[string]string{
	FormatText: MediumText, FormatJSONL: MediumText, FormatImages: MediumImage, FormatAudio: MediumAudio,
	FormatNPY: MediumEmbedding, FormatNPZ: MediumEmbedding, FormatVecs: MediumEmbedding,
}

// Options says how a file becomes records. They decide the numbering of rows, so
// they belong in the key of whatever is made from it.
type Options struct {
	// Format is one of the formats. Required.
	Format string
	// Medium is MediumText, MediumImage, MediumAudio or, in Parquet, MediumEmbedding.
	// Required for WebDataset and Parquet; the others have one only.
	Medium string
	// Split is how text is cut. Optional; default SplitLine. Text only.
	Split string `json:",omitempty"`
	// IDField is the name of the top-level field or the column with the record's
	// id, a string or a number; that of .npy and .npz is in the table beside it.
	// Optional; without it ids are "name:line" in JSONL and "name:row" in the others.
	IDField string `json:",omitempty"`
	// TextField is the name of the top-level field or the column with the text.
	// Optional; default "text". JSONL, Parquet and the .json members of a
	// WebDataset only.
	TextField string `json:",omitempty"`
	// ItemField is the column with the picture or the sound: bytes, or a struct
	// with a field "bytes". Optional; default "image" or "audio". Parquet only.
	ItemField string `json:",omitempty"`
	// EmbeddingField is the column with the embedding: a list of float16, float32 or
	// float64. Required with MediumEmbedding in Parquet.
	EmbeddingField string `json:",omitempty"`
	// Array is the array of an .npz file. Optional where there is only one.
	Array string `json:",omitempty"`
	// ItemExt are the extensions (what follows the first dot, in lower case) of the
	// member that is the item. Optional; default jpg, jpeg, png, webp and gif, or
	// wav and flac, or txt and json. WebDataset only.
	ItemExt []string `json:",omitempty"`
	// MinChars is the least number of characters (code points, without white
	// space at the ends) of a text. Shorter lines and documents are no rows: they
	// get no number, and the index only counts them; a shorter text in an archive
	// or a table is a bad row. Optional; default 1.
	MinChars int
	// MaxRecordBytes is the most bytes of an item; a larger one is a bad row.
	// Optional; default 1 MiB of text, 64 MiB of the rest.
	MaxRecordBytes int
	// MaxFileBytes and MaxExpansion bound what a compressed file may expand to: in
	// bytes and as a multiple of its size (64 MiB are always allowed). Optional;
	// default 1 TiB and 250.
	MaxFileBytes int64
	MaxExpansion int
}

// WithDefaults returns o with every zero value replaced by its default.
func (o Options) WithDefaults() Options {
	set := func(ok bool, s *string, v string) {
		if ok && *s == "" {
			*s = v
		}
	}
	set(true, &o.Medium, mediumOf[o.Format])
	set(o.Format == FormatText, &o.Split, SplitLine)
	if o.Format == FormatWebDataset && len(o.ItemExt) == 0 {
		o.ItemExt = itemExt[o.Medium]
	}
	set(o.hasTextField(), &o.TextField, DefaultTextField)
	set(o.Format == FormatParquet, &o.ItemField, itemField[o.Medium])
	if o.MinChars == 0 {
		o.MinChars = DefaultMinChars
	}
	if o.MaxRecordBytes == 0 {
		o.MaxRecordBytes = DefaultMaxRecordBytes
		if o.Medium == MediumText {
			o.MaxRecordBytes = DefaultMaxTextBytes
		}
	}
	if o.MaxFileBytes == 0 {
		o.MaxFileBytes = DefaultMaxFileBytes
	}
	if o.MaxExpansion == 0 {
		o.MaxExpansion = DefaultMaxExpansion
	}
	return o
}

// hasTextField tells whether texts are in a field or a column.
func (o Options) hasTextField() bool {
	return o.Format == FormatJSONL || o.Format == FormatParquet && o.Medium == MediumText ||
		o.Format == FormatWebDataset && slices.Contains(o.ItemExt, "json")
}

// maxRecordBytes is the most that MaxRecordBytes may be: what a worker can hold.
const maxRecordBytes = 1 << 30

// OptionFault is what is wrong with one of the options.
type OptionFault struct {
	Key  string // its name in the configuration
	Text string // begins with "must be"
}

// Validate returns every fault of o, joined.
func (o Options) Validate() error {
	var errs []error
	for _, f := range o.Faults() {
		errs = append(errs, fmt.Errorf("%s %s", f.Key, f.Text))
	}
	return errors.Join(errs...)
}

// Faults returns every fault of o.
func (o Options) Faults() []OptionFault {
	o = o.WithDefaults()
	var faults []OptionFault
	check := func(ok bool, key, format string, args ...any) {
		if !ok {
			faults = append(faults, OptionFault{key, fmt.Sprintf(format, args...)})
		}
	}
	is := func(formats ...string) bool { return slices.Contains(formats, o.Format) }
	if !is(formats...) {
		check(false, "format", "must be %s (got %q)", orList(formats), o.Format)
		return faults
	}
	only, fixed := mediumOf[o.Format]
	check(!fixed || o.Medium == only, "medium", "must be %s for %s (got %q)", only, o.Format, o.Medium)
	check(fixed || slices.Contains(media, o.Medium) || is(FormatParquet) && o.Medium == MediumEmbedding, "medium", "must be text, image or audio (got %q)", o.Medium)
	if is(FormatText) {
		check(slices.Contains([]string{SplitLine, SplitParagraph, SplitFile}, o.Split), "split", "must be line, paragraph or file (got %q)", o.Split)
	} else {
		check(o.Split == "", "split", "must be left out unless kind is text (got %q)", o.Split)
	}
	check(is(FormatJSONL, FormatParquet, FormatNPY, FormatNPZ) || o.IDField == "", "id_field", "must be left out unless kind is jsonl, parquet, npy or npz (got %q)", o.IDField)
	check(is(FormatNPZ) || o.Array == "", "array", "must be left out unless kind is npz (got %q)", o.Array)
	check(o.hasTextField() || o.TextField == "", "text_field", "must be left out unless the item is text of jsonl, parquet or webdataset (got %q)", o.TextField)
	check(is(FormatParquet) && itemField[o.Medium] != "" || o.ItemField == "", "item_field", "must be left out unless the item is an image or audio of parquet (got %q)", o.ItemField)
	table := is(FormatParquet) && o.Medium == MediumEmbedding
	check(table == (o.EmbeddingField != ""), "embedding_field", "must be given for embeddings in parquet, and for nothing else (got %q)", o.EmbeddingField)
	check(is(FormatWebDataset) || len(o.ItemExt) == 0, "item_ext", "must be left out unless kind is webdataset (got %q)", o.ItemExt)
	for _, ext := range o.ItemExt {
		check(ext != "" && ext == strings.ToLower(ext) && !strings.HasPrefix(ext, ".") && !strings.Contains(ext, "/"),
			"item_ext", "must be extensions in lower case without the first dot, such as jpg (got %q)", ext)
	}
	check(o.MinChars >= 1, "min_chars", "must be >= 1 (got %d)", o.MinChars)
	check(o.MaxRecordBytes >= 1 && o.MaxRecordBytes <= maxRecordBytes, "max_record_bytes", "must be from 1 to %d (got %d)", maxRecordBytes, o.MaxRecordBytes)
	check(o.MinChars <= max(1, o.MaxRecordBytes), "min_chars", "must be <= max_record_bytes, %d (got %d)", o.MaxRecordBytes, o.MinChars)
	check(o.MaxFileBytes >= 1, "max_file_bytes", "must be >= 1 (got %d)", o.MaxFileBytes)
	check(o.MaxExpansion >= 1, "max_expansion", "must be >= 1 (got %d)", o.MaxExpansion)
	return faults
}

// MediumOfExt is the medium of a WebDataset's members of an extension: text unless
// it is one of pictures or sounds.
func MediumOfExt(ext string) string {
	for _, medium := range media {
		if slices.Contains(itemExt[medium], ext) {
			return medium
		}
	}
	return MediumText
}

// orList joins words as a sentence does: a, b or c.
func orList(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
