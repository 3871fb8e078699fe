package records

import (
	"path"
	"slices"
	"strings"
)

// extensions are the ends of the names of each format's files. Text has none of
// its own: all that no other format has is text.
var extensions = map[string][]string{
	FormatJSONL:      {".jsonl", ".ndjson", ".json"},
	FormatImages:     {".jpg", ".jpeg", ".png", ".webp", ".gif"},
	FormatAudio:      {".wav", ".flac"},
	FormatWebDataset: {".tar", ".tgz"},
	FormatParquet:    {".parquet", ".pq"},
	"npy":            {".npy"},
	"npz":            {".npz"},
	"vecs":           {".fvecs", ".bvecs", ".ivecs"},
}

// notText are the ends of names of what is no text and of no format above.
var notText = []string{".mp3", ".ogg", ".mp4", ".bmp", ".tiff", ".tif", ".heic", ".avif", ".pdf", ".zip", ".exe", ".so", ".bin", ".pt", ".pkl", ".safetensors"}

// FormatOf tells the format of a file or a pattern by the end of its name: text
// when no other has it. A .json file is text, unless it is asked for as JSONL.
func FormatOf(name string) string {
	ext := extension(name)
	for format, list := range extensions {
		if slices.Contains(list, ext) && ext != ".json" {
			return format
		}
	}
	return FormatText
}

// extension is the end of a name in lower case, that of a compression left out.
func extension(name string) string {
	name = strings.ToLower(name)
	for _, end := range []string{".gz", ".zst", ".zstd"} {
		if rest, ok := strings.CutSuffix(name, end); ok {
			name = rest
			break
		}
	}
	return path.Ext(name)
}

// Select leaves out the files that are not of the format by their names, and
// counts them by extension. It is for what a whole folder holds; files that a
// pattern names by more than "all" are taken as they are.
func Select(files []File, format string) (kept []File, skipped map[string]int64) {
	for _, f := range files {
		ext := extension(f.Path)
		own := slices.Contains(extensions[format], ext)
		if format == FormatText {
			own = FormatOf(f.Path) == FormatText && !slices.Contains(notText, ext)
		}
		if own {
			kept = append(kept, f)
			continue
		}
		if skipped == nil {
			skipped = map[string]int64{}
		}
		if ext == "" {
			ext = "no extension"
		}
		skipped[ext]++
	}
	return kept, skipped
}

// WholeFolder tells whether a pattern asks for all that a folder holds.
func WholeFolder(pattern string) bool {
	last := path.Base(pattern)
	return last == "..." || last == "*" || last == "**"
}
