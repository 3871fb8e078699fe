package records

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// checkRanges compares the records of a whole file with those of its ranges:
// rows per range `step`, marks every `every` rows.
func checkRanges(t interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}, content string, f File, o Options, every, step int64,
) {
	t.Helper()
	ix, err := IndexFile(strings.NewReader(content), f, o, every)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := read(content, f, Range{Mark: start, Rows: ix.Rows}, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range whole {
		if r.Row != int64(i) || r.ID == "" || len(r.Data) > o.WithDefaults().MaxRecordBytes {
			t.Fatalf("record %d: got %+v", i, r)
		}
	}
	if int64(len(whole)) != ix.Rows {
		t.Fatalf("got %d records; the index says %d", len(whole), ix.Rows)
	}
	var parts []Record
	for first := int64(0); first < ix.Rows; first += step {
		part, err := read(content, f, ix.Range(first, min(step, ix.Rows-first)), o)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part...)
	}
	if !reflect.DeepEqual(whole, parts) { // far faster than cmp.Diff where all is well
		t.Fatalf("ranges of %d rows, a mark every %d (-whole +ranges):\n%s", step, every, cmp.Diff(whole, parts))
	}
}

// everyFormat lists options that reach every way of making records.
func everyFormat(minChars, maxBytes int) map[string]Options {
	return map[string]Options{
		"line":      {Format: FormatText, Split: SplitLine, MinChars: minChars, MaxRecordBytes: maxBytes},
		"paragraph": {Format: FormatText, Split: SplitParagraph, MinChars: minChars, MaxRecordBytes: maxBytes},
		"file":      {Format: FormatText, Split: SplitFile, MinChars: minChars, MaxRecordBytes: maxBytes},
		"jsonl":     {Format: FormatJSONL, IDField: "id", MinChars: minChars, MaxRecordBytes: maxBytes},
	}
}

func TestRangesGiveTheWholeFile(t *testing.T) {
	pieces := []string{
		"\n", "\n", "\r\n", "\n\n", " ", "\t\n", "a", "bc", "äöü", "\xef\xbb\xbf", "\xff", "\x00", "x y\n", strings.Repeat("long ", 5),
		`{"id": 1, "text": "one"}` + "\n", `{"id": "x", "text": ""}` + "\r\n", `{"text": 1}` + "\n", `{"id": `,
	}
	rapid.Check(t, func(t *rapid.T) {
		content := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 60).Draw(t, "pieces"), "")
		every := rapid.Int64Range(1, 9).Draw(t, "every")
		step := rapid.Int64Range(1, 9).Draw(t, "step")
		maxBytes := rapid.IntRange(3, 30).Draw(t, "max bytes")
		minChars := rapid.IntRange(1, 3).Draw(t, "min chars")
		for _, o := range everyFormat(minChars, maxBytes) {
			checkRanges(t, content, File{Path: "p/f", Name: "f"}, o, every, step)
		}
	})
}

func TestRangesAcrossReadBuffers(t *testing.T) {
	var b strings.Builder
	for i := range 80 { // lines and paragraphs from nothing to two read buffers and a half
		b.WriteString(strings.Repeat("x", i*i*97%(5*readBuffer/2)))
		b.WriteString("\r\n\n"[i%2 : 2+i%3/2])
	}
	for name, o := range everyFormat(1, readBuffer+10) {
		t.Run(name, func(t *testing.T) {
			checkRanges(t, b.String(), File{Path: "f", Name: "f"}, o, 7, 10)
		})
	}
}

func TestRangesOfGzip(t *testing.T) {
	content := zipped(t, strings.Repeat("one\n\ntwo\nthree\n \n", 50))
	for _, o := range everyFormat(1, 100) {
		checkRanges(t, content, File{Path: "f.gz", Name: "f.gz"}, o, 7, 10)
	}
}

// FuzzEveryFormat: no panic, and ranges give what the whole file gives.
func FuzzEveryFormat(f *testing.F) {
	f.Add("one\r\n\ntwo\n", uint8(1), uint8(1), uint8(40))
	f.Add("\xef\xbb\xbf\xef\xbb\xbf\n\n{\"id\": 1, \"text\": \"a\\u0000\"}\n{\"text\":{}, \"id\" : []}", uint8(2), uint8(3), uint8(50))
	f.Add(`{"a":{"b":[1,"}",{}]},"text":"\"\\","id":"\ud800"}`, uint8(1), uint8(1), uint8(200))
	f.Add("a\x00\xff\n\n\n", uint8(1), uint8(1), uint8(2))
	f.Fuzz(func(t *testing.T, content string, every, step, maxBytes uint8) {
		for _, o := range everyFormat(1, 1+int(maxBytes)) {
			checkRanges(t, content, File{Path: "f", Name: "f"}, o, 1+int64(every), 1+int64(step))
		}
	})
}
