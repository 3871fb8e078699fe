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
	// ShardRows is the most selected rows in a shard of a copy.
	ShardRows int64 `yaml:"shard_rows" json:"shard_rows"`
	// ShardBytes is about the most bytes of a shard of a copy.
	ShardBytes Bytes `yaml:"shard_bytes" json:"shard_bytes"`
}

// The lists of the selection.
const (
	FormatNPY     = "npy"     // indices.npy
	FormatParquet = "parquet" // selection.parquet
	FormatIDs     = "ids"     // ids.txt
	FormatJSONL   = "jsonl"   // selection.jsonl
	FormatCard    = "card"    // README.md and croissant.json
)

// The copies of the selected items, each in a folder of its name.
const (
	FormatWebDataset = "webdataset" // tar archives, keys kept
	FormatFiles      = "files"      // the selected files, by hard links where possible
	FormatRows       = "rows"       // the selected rows of Parquet input
	FormatLines      = "lines"      // the selected lines as they were
	FormatHF         = "hf"         // what load_dataset of Hugging Face's datasets opens
	FormatMDS        = "mds"        // MosaicML streaming
)

// formats are all of them, with the kinds of input that each is for; none means
// every kind.
var formats = []struct {
	name  string
	kinds []string
}{
	{FormatNPY, nil},
	{FormatParquet, nil},
	{FormatIDs, nil},
	{FormatJSONL, nil},
	{FormatCard, nil},
	{FormatWebDataset, []string{KindImages, KindAudio, KindWebDataset, KindText, KindJSONL}},
	{FormatFiles, []string{KindImages, KindAudio}},
	{FormatRows, []string{KindParquet}},
	{FormatLines, []string{KindText, KindJSONL}},
	{FormatHF, []string{KindImages, KindAudio, KindWebDataset, KindText, KindJSONL, KindParquet}},
	{FormatMDS, []string{KindImages, KindAudio, KindText}},
}

// Copies are the formats that copy the selected items, in order.
func (o *Output) Copies() []string {
	var out []string
	for _, f := range o.Formats {
		if i := findFormat(f); i >= 0 && formats[i].kinds != nil {
			out = append(out, f)
		}
	}
	return out
}

// CopyFormats are all formats that copy the selected items.
func CopyFormats() []string {
	var out []string
	for _, f := range formats {
		if f.kinds != nil {
			out = append(out, f.name)
		}
	}
	return out
}

func findFormat(name string) int {
	for i, f := range formats {
		if f.name == name {
			return i
		}
	}
	return -1
}

func defaultOutput() Output {
	return Output{Dir: "out", Formats: []string{FormatNPY, FormatParquet}, ShardRows: 10_000, ShardBytes: 512 * MiB}
}

func (o *Output) validate(f *faults, in *Input) {
	f.check(o.Dir != "", "output.dir", `must be a folder (got "")`)
	f.supported("output.dir", o.Dir)
	names := make([]string, len(formats))
	for i, x := range formats {
		names[i] = x.name
	}
	all := strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
	f.check(len(o.Formats) > 0, "output.formats", "must have at least one of %s", all)
	for i, format := range o.Formats {
		key, at := entry("output.formats", i), findFormat(format)
		f.check(at >= 0, key, "must be %s (got %q)", all, format)
		f.check(!slices.Contains(o.Formats[:i], format), key, "must not be repeated (got %q)", format)
		if at < 0 || in.Kind == "" || formats[at].kinds == nil {
			continue
		}
		switch kinds := formats[at].kinds; {
		case in.Embedded() && in.Kind != KindParquet:
			f.add(key, "%s copies the items, and %s input has only their embeddings; use npy, parquet, ids or jsonl", format, in.Kind)
		case !slices.Contains(kinds, in.Kind):
			f.add(key, "%s is for input of kind %s (got %s)", format, strings.Join(kinds, ", "), in.Kind)
		case format == FormatLines && in.Kind == KindText && in.Split != SplitLine:
			f.add(key, "lines needs input.split: line (got %s)", in.Split)
		}
	}
	f.check(o.ShardRows >= 1 && o.ShardRows <= maxShardRows, "output.shard_rows", "must be from 1 to %d (got %d)", maxShardRows, o.ShardRows)
	f.check(o.ShardBytes >= 1, "output.shard_bytes", "must be >= 1 (got %v)", o.ShardBytes)
}

// maxShardRows keeps a worker's memory: it knows the keys of one archive.
const maxShardRows = 1_000_000
