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
	err := ReadRange(strings.NewReader(content[rg.Mark.Offset:]), f, rg, o, func(r Record) error {
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
		Rows: 5, Bad: 2, Short: 1, FirstBad: &Fault{Row: 1, Line: 4, Reason: "is not text: NUL at byte 1"},
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
type endless struct{ left int }

func (e *endless) Read(b []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(b), e.left)
	for i := range b[:n] {
		b[i] = 'x'
	}
	e.left -= n
	return n, nil
}

func TestAHugeRecordTakesNoMemory(t *testing.T) {
	for _, split := range []string{SplitLine, SplitParagraph, SplitFile} {
		o := Options{Format: FormatText, Split: split, MaxRecordBytes: 1 << 10}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ix, err := IndexFile(&endless{64 << 20}, File{Path: "f"}, o, 10)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if ix.Rows != 1 || ix.Bad != 1 {
			t.Errorf("%s: got %d rows, %d bad, want 1 and 1", split, ix.Rows, ix.Bad)
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

func TestErrorsPassThrough(t *testing.T) {
	o, f := Options{Format: FormatText}, File{Path: "data/f"}
	broken := iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a\nb\n")))
	_, err := IndexFile(broken, f, o, 1)
	if want := "data/f: line 1: timeout"; !errors.Is(err, iotest.ErrTimeout) || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	mine := errors.New("mine")
	err = ReadRange(strings.NewReader("a\nb"), f, Range{Mark: start, Rows: 2}, o, func(Record) error { return mine })
	if err != mine { //nolint:errorlint // it must come back as it is
		t.Errorf("got %v, want %v", err, mine)
	}
}

func zipped(t *testing.T, content string) string {
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

func TestGzip(t *testing.T) {
	o, f := Options{Format: FormatText}, File{Path: "f.txt.gz", Name: "f.txt.gz"}
	b := zipped(t, "one\n\ntwo\nthree\n")
	ix, err := IndexFile(strings.NewReader(b), f, o, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Index{Rows: 3, Marks: []Mark{{Line: 1}}}, ix); diff != "" {
		t.Errorf("index (-want +got):\n%s", diff)
	}
	got, err := read(b, f, ix.Range(1, 2), o)
	if err != nil || len(got) != 2 || short(got[0]) != `3 f.txt.gz:3 "two"` || got[1].Row != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	for name, bad := range map[string]string{
		"empty":     "",
		"not gzip":  "one\ntwo\nthree\n",
		"truncated": b[:len(b)-10],
		"damaged":   b[:15] + "\xff\xff\xff" + b[18:],
		"checksum":  b[:len(b)-8] + "abcd" + b[len(b)-4:],
	} {
		_, err := IndexFile(strings.NewReader(bad), f, o, 1)
		if e := (*CorruptError)(nil); !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "f.txt.gz: damaged or truncated gzip file: ") {
			t.Errorf("%s: got %v", name, err)
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
		{Options{}, `format must be text or jsonl (got "")`},
		{Options{Format: FormatText, Split: "word"}, `split must be line, paragraph or file (got "word")`},
		{Options{Format: FormatJSONL, Split: SplitLine}, `split is only for text (got "line")`},
		{
			Options{Format: FormatText, IDField: "a", TextField: "b", MinChars: -1, MaxRecordBytes: -2},
			"id_field is only for jsonl (got \"a\")\ntext_field is only for jsonl (got \"b\")\nmin_chars must be >= 1 (got -1)\n" +
				"max_record_bytes must be from 1 to 1073741824 (got -2)\nmin_chars (-1) must be <= max_record_bytes (-2)",
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
