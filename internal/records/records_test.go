package records

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// all returns every record of content, its texts copied.
func all(t *testing.T, content string, f File, o Options) []Record {
	t.Helper()
	ix, err := IndexFile(strings.NewReader(content), f, o, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(content, f, ix.Range(0, ix.Rows), o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func read(content string, f File, rg Range, o Options) ([]Record, error) {
	var got []Record
	err := ReadRange(strings.NewReader(content), f, rg, o, func(r Record) error {
		r.Data = bytes.Clone(r.Data)
		got = append(got, r)
		return nil
	})
	return got, err
}

// short prints a record in one line for the tables: line, id, text or fault.
func short(r Record) string {
	if r.Bad != "" {
		return fmt.Sprintf("%d %s! %s", r.Line, r.ID, r.Bad)
	}
	return fmt.Sprintf("%d %s %q", r.Line, r.ID, r.Data)
}

func TestFormats(t *testing.T) {
	line := Options{Format: FormatText, Split: SplitLine}
	paragraph := Options{Format: FormatText, Split: SplitParagraph}
	file := Options{Format: FormatText, Split: SplitFile}
	jsonl := Options{Format: FormatJSONL, IDField: "id"}
	small := func(o Options, bytes int) Options { o.MaxRecordBytes = bytes; return o }
	chars := func(o Options, n int) Options { o.MinChars = n; return o }
	tests := []struct {
		name    string
		o       Options
		content string
		want    []string
	}{
		{"line", line, "one\n\n \t\ntwo \r\n  three", []string{`1 f:1 "one"`, `4 f:4 "two "`, `5 f:5 "  three"`}},
		{"line, byte order mark", line, "\xef\xbb\xbfone\n", []string{`1 f:1 "one"`}},
		{"line, only the mark", line, "\xef\xbb\xbf", nil},
		{"line, empty", line, "", nil},
		{"line, blank", line, "\n\n \r\n", nil},
		{"line, not UTF-8", line, "a\nb\xffc\nd", []string{`1 f:1 "a"`, `2 f:2! is not UTF-8: byte 1 is 0xff`, `3 f:3 "d"`}},
		{"line, binary", line, "a\x00b\n", []string{`1 f:1! is not text: NUL at byte 1`}},
		{"line, at the limit", small(line, 3), "abc\r\nabcd\nab", []string{`1 f:1 "abc"`, `2 f:2! is larger than max_record_bytes (3)`, `3 f:3 "ab"`}},
		{"line, too short in characters", chars(line, 3), "äö\näöü\n  a  \nabcd", []string{`2 f:2 "äöü"`, `4 f:4 "abcd"`}},
		{"paragraph", paragraph, "\n\none\r\n  two\r\n\r\n \t\nthree\n\nfour", []string{`3 f:3 "one\n  two"`, `7 f:7 "three"`, `9 f:9 "four"`}},
		{"paragraph, last line ends", paragraph, "one\ntwo\n", []string{`1 f:1 "one\ntwo"`}},
		{"paragraph, at the limit", small(paragraph, 3), "a\nb\n\na\nbc\nd\n\ne", []string{`1 f:1 "a\nb"`, `4 f:4! is larger than max_record_bytes (3)`, `8 f:8 "e"`}},
		{"paragraph, too short", chars(paragraph, 3), "a\n\nb\nc\n\nd", []string{`3 f:3 "b\nc"`}},
		{"paragraph, not UTF-8", paragraph, "a\n\xc3\n\nb", []string{`1 f:1! is not UTF-8: byte 2 is 0xc3`, `4 f:4 "b"`}},
		{"file", file, "\n\r\none\r\n\r\n \ntwo\n\n", []string{`3 f "one\n\n\ntwo"`}},
		{"file, blank", file, " \n\n", nil},
		{"file, at the limit", small(file, 4), "a\n\n\nb\n", []string{`1 f! is larger than max_record_bytes (4)`}},
		{"jsonl", jsonl, `{"id": "x", "text": "one"}` + "\n\n \r\n" + `{"text":"t\u0077o","n":{"text":[1,"}"]},"id":7}` + "\r\n" + ` {"id":-1.50 , "text" : "\"\\" } `, []string{`1 x "one"`, `4 7 "two"`, `5 -1.50 "\"\\"`}},
		{"jsonl, escaped key, last of two", jsonl, `{"text":"one","t\u0065xt":"two","id":1}`, []string{`1 1 "two"`}},
		{"jsonl, no ids", Options{Format: FormatJSONL, TextField: "body"}, `{"body": "one"}` + "\n" + `{"body": "two"}`, []string{`1 f:1 "one"`, `2 f:2 "two"`}},
		{"jsonl, id and text the same field", Options{Format: FormatJSONL, IDField: "text"}, `{"text": "one"}`, []string{`1 one "one"`}},
		{"jsonl, too short", chars(jsonl, 3), `{"text":"ab"}` + "\n" + `{"text":"abc","id":2}`, []string{`2 2 "abc"`}},
		{"jsonl, empty text", jsonl, `{"text":"","id":1}`, nil},
		{"jsonl, faults", jsonl, strings.Join([]string{
			`{"id": 1, "text": "cut`, `[1]`, `"text"`, `{"id": 1}`, `{"id": 1, "text": 5}`, `{"id": 1, "text": null}`, `{"text": "x"}`,
			`{"id": null, "text": "x"}`, `{"id": "", "text": "x"}`, `{"id": [1], "text": "x"}`, "{\"id\": 1, \"text\": \"\xff\"}", `{"id": 1, "text": "\u0000"}`, `{}`,
			`{"id": true, "text": "x"} x`,
		}, "\n"), []string{
			`1 f:1! is malformed JSON: unexpected end of JSON input`,
			`2 f:2! is an array; need a JSON object`,
			`3 f:3! is a string; need a JSON object`,
			`4 f:4! has no field "text"`,
			`5 f:5! field "text" is a number; need a string`,
			`6 f:6! field "text" is null; need a string`,
			`7 f:7! has no field "id"`,
			`8 f:8! field "id" is null; need a string or a number`,
			`9 f:9! field "id" is empty`,
			`10 f:10! field "id" is an array; need a string or a number`,
			`11 f:11! is not UTF-8: byte 19 is 0xff`,
			`12 f:12! is not text: NUL at byte 0`,
			`13 f:13! has no field "text"`,
			`14 f:14! is malformed JSON: invalid character 'x' after top-level value`,
		}},
		{"jsonl, too large", small(jsonl, 20), `{"id": 1, "text": "0123456789"}`, []string{`1 f:1! is larger than max_record_bytes (20)`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for i, r := range all(t, tt.content, File{Path: "/data/f", Name: "f"}, tt.o) {
				if r.Row != int64(i) || r.Source != "/data/f" || (r.Bad != "") != (r.Data == nil) {
					t.Errorf("record %d: got %+v", i, r)
				}
				got = append(got, short(r))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIndex(t *testing.T) {
	o := Options{Format: FormatText, Split: SplitLine, MinChars: 2}
	content := "aa\n\nb\nc\x00\ndd\nee\nff\xff\n"
	got, err := IndexFile(strings.NewReader(content), File{Path: "f"}, o, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := Index{
		Rows: 5, Short: 1,
		Marks: []Mark{{Row: 0, Offset: 0, Line: 1}, {Row: 2, Offset: 9, Line: 5}, {Row: 4, Offset: 15, Line: 7}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	for first, mark := range []int64{0, 0, 2, 2, 4} {
		if rg := got.Range(int64(first), 1); rg.Mark.Row != mark || rg.First != int64(first) || rg.Rows != 1 {
			t.Errorf("Range(%d, 1): got %+v", first, rg)
		}
	}
}

// endless is a file without a line's end.
type endless int64

func (e endless) ReadAt(b []byte, off int64) (int, error) {
	n := min(int64(len(b)), max(0, int64(e)-off))
	for i := range b[:n] {
		b[i] = 'x'
	}
	if n < int64(len(b)) {
		return int(n), io.EOF
	}
	return int(n), nil
}

func (e endless) Size() int64 { return int64(e) }

func TestAHugeRecordTakesNoMemory(t *testing.T) {
	for _, split := range []string{SplitLine, SplitParagraph, SplitFile} {
		o := Options{Format: FormatText, Split: split, MaxRecordBytes: 1 << 10}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ix, err := IndexFile(endless(64<<20), File{Path: "f"}, o, 10)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if ix.Rows != 1 {
			t.Errorf("%s: got %d rows, want 1", split, ix.Rows)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 4*readBuffer {
			t.Errorf("%s: 64 MiB without a line's end took %d bytes", split, got)
		}
	}
}

func TestReadRangeOfAChangedFile(t *testing.T) {
	o := Options{Format: FormatText}
	_, err := read("a\nb\n", File{Path: "data/f"}, Range{Mark: start, First: 1, Rows: 2}, o)
	want := "data/f: changed since it was indexed: it ends before row 2"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

// unreadable is storage that fails after the first bytes.
type unreadable struct{ *strings.Reader }

func (u unreadable) ReadAt(b []byte, off int64) (int, error) {
	if off > 0 {
		return 0, iotest.ErrTimeout
	}
	return u.Reader.ReadAt(b[:min(len(b), 3)], off)
}

func TestErrorsPassThrough(t *testing.T) {
	o, f := Options{Format: FormatText}, File{Path: "data/f"}
	for name, content := range map[string]string{"f": "a\nb\n", "f.gz": zipped(t, "a\nb\n"), "f.zst": zstdOf(t, "a\nb\n")} {
		_, err := IndexFile(unreadable{strings.NewReader(content)}, f, o, 1)
		if want := "data/f: line 1: timeout"; !errors.Is(err, iotest.ErrTimeout) || err.Error() != want {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	mine := errors.New("mine")
	err := ReadRange(strings.NewReader("a\nb"), f, Range{Mark: start, Rows: 2}, o, func(Record) error { return mine })
	if err != mine { //nolint:errorlint // it must come back as it is
		t.Errorf("got %v, want %v", err, mine)
	}
}

func zipped(t testing.TB, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstdOf(t testing.TB, content string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(content), nil))
}

func TestCompressed(t *testing.T) {
	o := Options{Format: FormatText}
	content := "one\n\ntwo\nthree\n"
	gz, zst := zipped(t, content), zstdOf(t, content)
	for _, c := range []struct{ name, content string }{
		{"f.txt.gz", gz}, {"f.txt", gz}, {"f.txt.zst", zst}, {"f", zst}, // by the first bytes, whatever the name
	} {
		f := File{Path: c.name, Name: c.name}
		ix, err := IndexFile(strings.NewReader(c.content), f, o, 1)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(Index{Rows: 3, Marks: []Mark{{Line: 1}}}, ix); diff != "" {
			t.Errorf("index (-want +got):\n%s", diff)
		}
		got, err := read(c.content, f, ix.Range(1, 2), o)
		if err != nil || len(got) != 2 || short(got[0]) != "3 "+c.name+`:3 "two"` || got[1].Row != 2 {
			t.Errorf("%s: got %v, %v", c.name, got, err)
		}
	}
}

// TestDamage: what can be read is, then comes one bad row.
func TestDamage(t *testing.T) {
	o := Options{Format: FormatText}
	lost := "; the rest of the file cannot be read"
	var long strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&long, "a line whose number is %d\n", i*7919)
	}
	gz, zst := zipped(t, long.String()), zstdOf(t, long.String())
	cut := func(s string, n int) string { return s[:n] + "\xff\xff\xff" + s[n+3:] }
	for _, c := range []struct {
		name, content string
		least         int // whole rows
		want          string
	}{
		{"f.gz", "", 0, "is no gzip file, as its name says (it is empty)"},
		{"f.gz", "one\ntwo\n", 0, `is no gzip file, as its name says (it begins with "one\n")`},
		{"f.zst", gz, 20_000, ""},
		{"f.gz", gz[:5], 0, "damaged or truncated gzip data: unexpected EOF"},
		{"f.gz", gz[:len(gz)/2], 5000, "damaged or truncated gzip data: unexpected EOF"},
		{"f.gz", cut(gz, len(gz)/2), 5000, "damaged or truncated gzip data: "},
		{"f.gz", gz[:len(gz)-8] + "abcd" + gz[len(gz)-4:], 20_000, "damaged or truncated gzip data: gzip: invalid checksum"},
		{"f.gz", gz + "tail", 20_000, "damaged or truncated gzip data: "},
		{"f.zst", zst[:5], 0, "damaged or truncated zstd data: unexpected EOF"},
		{"f.zst", zst[:len(zst)/2], 0, "damaged or truncated zstd data: unexpected EOF"},
		{"f.zst", zst + "tail", 20_000, "damaged or truncated zstd data: "},
	} {
		f := File{Path: c.name, Name: c.name}
		got := all(t, c.content, f, o)
		if c.want == "" {
			if len(got) != c.least || got[len(got)-1].Bad != "" {
				t.Errorf("%s: got %d rows, the last %v", c.name, len(got), got[len(got)-1])
			}
			continue
		}
		last := got[len(got)-1]
		for i, r := range got[:len(got)-1] {
			// A byte of deflate may decode to something else; only the checksum tells.
			if want := fmt.Sprintf("a line whose number is %d", i*7919); string(r.Data) != want && c.content != cut(gz, len(gz)/2) {
				t.Fatalf("%s: row %d: got %+v", c.name, i, r)
			}
		}
		if len(got)-1 < c.least || !strings.HasPrefix(last.Bad, c.want) || !strings.HasSuffix(last.Bad, lost) || last.ID != c.name {
			t.Errorf("%s of %d bytes: got %d rows, the last %s", c.name, len(c.content), len(got), short(last))
		}
		checkRanges(t, c.content, f, o, 7, 1000)
	}
}

func TestExpansionIsBounded(t *testing.T) {
	bomb := zstdOf(t, strings.Repeat(strings.Repeat("x", 999)+"\n", 100_000)) // 100 MB in some kB
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Format: FormatText}, "expands to more than 67108864 bytes (max_expansion 250, max_file_bytes 1099511627776)"},
		{Options{Format: FormatText, MaxExpansion: 100_000}, ""},
		{Options{Format: FormatText, MaxExpansion: 100_000, MaxFileBytes: 1000}, "expands to more than 1000 bytes (max_expansion 100000, max_file_bytes 1000)"},
	} {
		got := all(t, bomb, File{Path: "f"}, c.o)
		if last := got[len(got)-1]; !strings.HasPrefix(last.Bad, c.want) || (c.want == "") != (last.Bad == "") {
			t.Errorf("%+v: got %s", c.o, short(last))
		}
	}
}

func TestOptionsValidate(t *testing.T) {
	tests := []struct {
		o    Options
		want string
	}{
		{Options{Format: FormatText}, ""},
		{Options{Format: FormatJSONL, IDField: "id"}, ""},
		{Options{}, `format must be text, jsonl, images, audio, webdataset, parquet, npy, npz or vecs (got "")`},
		{Options{Format: FormatText, Split: "word"}, `split must be line, paragraph or file (got "word")`},
		{Options{Format: FormatJSONL, Split: SplitLine}, `split must be left out unless kind is text (got "line")`},
		{
			Options{Format: FormatText, IDField: "a", TextField: "b", MinChars: -1, MaxRecordBytes: -2},
			"id_field must be left out unless kind is jsonl, parquet, npy or npz (got \"a\")\ntext_field must be left out unless the item is text of jsonl, parquet or webdataset (got \"b\")\nmin_chars must be >= 1 (got -1)\n" +
				"max_record_bytes must be from 1 to 1073741824 (got -2)",
		},
	}
	for _, tt := range tests {
		got := ""
		if err := tt.o.Validate(); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%+v:\ngot  %q\nwant %q", tt.o, got, tt.want)
		}
	}
}
