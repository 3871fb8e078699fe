package records

import (
	"errors"
	"fmt"
)

// The formats.
const (
	FormatText  = "text"
	FormatJSONL = "jsonl"
)

// The ways to split text into records.
const (
	SplitLine      = "line"      // each line that is not blank
	SplitParagraph = "paragraph" // each maximal run of lines that are not blank
	SplitFile      = "file"      // the whole file without blank lines at its ends
)

// The defaults of zero values.
const (
	DefaultMinChars       = 1
	DefaultMaxRecordBytes = 1 << 20
)

// Options says how a file becomes records. They decide the numbering of rows, so
// they belong in the key of whatever is made from it.
type Options struct {
	// Format is FormatText or FormatJSONL. Required.
	Format string
	// Split is how text is cut. Optional; default SplitLine. Text only.
	Split string
	// IDField is the name of the top-level field with the record's id, a string
	// or a number. Optional; without it ids are "name:line". JSONL only.
	IDField string
	// TextField is the name of the top-level field with the text. Optional;
	// default "text". JSONL only.
	TextField string
	// MinChars is the least number of characters (code points, without white
	// space at the ends) of a record. Shorter ones are no rows: they get no
	// number, and the index only counts them. Optional; default 1.
	MinChars int
	// MaxRecordBytes is the most bytes of a record; a larger one is a bad row.
	// Optional; default 1 MiB.
	MaxRecordBytes int
}

// WithDefaults returns o with every zero value replaced by its default.
func (o Options) WithDefaults() Options {
	if o.Split == "" && o.Format == FormatText {
		o.Split = SplitLine
	}
	if o.TextField == "" && o.Format == FormatJSONL {
		o.TextField = "text"
	}
	if o.MinChars == 0 {
		o.MinChars = DefaultMinChars
	}
	if o.MaxRecordBytes == 0 {
		o.MaxRecordBytes = DefaultMaxRecordBytes
	}
	return o
}

// maxRecordBytes is the most that MaxRecordBytes may be: what a worker can hold.
const maxRecordBytes = 1 << 30

// Validate returns every fault of o, joined, each naming its configuration key.
func (o Options) Validate() error {
	o = o.WithDefaults()
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	switch o.Format {
	case FormatText:
		if o.Split != SplitLine && o.Split != SplitParagraph && o.Split != SplitFile {
			add("split must be line, paragraph or file (got %q)", o.Split)
		}
		if o.IDField != "" {
			add("id_field is only for jsonl (got %q)", o.IDField)
		}
		if o.TextField != "" {
			add("text_field is only for jsonl (got %q)", o.TextField)
		}
	case FormatJSONL:
		if o.Split != "" {
			add("split is only for text (got %q)", o.Split)
		}
	default:
		add("format must be text or jsonl (got %q)", o.Format)
	}
	if o.MinChars < 1 {
		add("min_chars must be >= 1 (got %d)", o.MinChars)
	}
	if o.MaxRecordBytes < 1 || o.MaxRecordBytes > maxRecordBytes {
		add("max_record_bytes must be from 1 to %d (got %d)", maxRecordBytes, o.MaxRecordBytes)
	}
	if o.MinChars > o.MaxRecordBytes {
		add("min_chars (%d) must be <= max_record_bytes (%d)", o.MinChars, o.MaxRecordBytes)
	}
	return errors.Join(faults...)
}
