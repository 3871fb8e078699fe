package report

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func table(t *testing.T, s Summary) string {
	t.Helper()
	var buf bytes.Buffer
	if err := WriteTable(&buf, s); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(buf.String(), "\n"), "\n")
	if len(lines) > 20 {
		t.Errorf("got %d lines, want at most 20:\n%s", len(lines), buf.String())
	}
	for _, l := range lines {
		if n := utf8.RuneCountInString(l); n > 100 {
			t.Errorf("a line of %d columns: %q", n, l)
		}
		if l != strings.TrimRight(l, " ") {
			t.Errorf("blanks at the end of %q", l)
		}
		if i := strings.IndexFunc(l, unicode.IsControl); i >= 0 {
			t.Errorf("a control character in %q", l)
		}
	}
	return buf.String()
}

func TestTable(t *testing.T) { golden(t, "table.txt", table(t, small())) }

func TestTableShort(t *testing.T) {
	s := small()
	s.Sample = Sample{TargetSize: 5000, Selected: 1000, Copies: 3000, Multiplier: 3, Strategy: "r", Reason: "1,000 rows times 3 copies is all there is"}
	got := table(t, s)
	for _, want := range []string{
		"Selected 1,000 of 1,001 records (3,000 copies); effective top-level clusters ",
		"Short of the target of 5,000: 1,000 rows times 3 copies is all there is\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestTableLarge(t *testing.T) {
	s := small()
	for range 10 {
		s.Levels = append(s.Levels, s.Levels[0])
		s.Execution.Outputs = append(s.Execution.Outputs, Output{Name: "more", Path: "elsewhere/more.npy"})
	}
	s.Sample.Copies, s.Sample.Reason = 7, "a reason"
	s.Input.Path = "gs://bucket/" + strings.Repeat("deep/", 40) + "last.npy"
	got := table(t, s)
	for _, want := range []string{"8 more", "… and 8 more", "elsewhere/more.npy", "deep/last.npy\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestTableEmptyAndHostile(t *testing.T) {
	table(t, Summary{})
	s := small()
	s.Input.Path = "a\x1b[2Jb\tc\nd\x00"
	s.Execution.Outputs[0].Path = "out/\x1b]0;title\x07"
	s.Sample.Reason = "first\r\nsecond\x1b[31m"
	s.Sample.Copies = 1
	table(t, s)
}

func TestInside(t *testing.T) {
	for _, tt := range []struct{ folder, path, want string }{
		{"out", "out/a.npy", "a.npy"},
		{"out/", "out/b/a.npy", "b/a.npy"},
		{"gs://b/out", "gs://b/out/a.npy", "a.npy"},
		{"out", "output/a.npy", "output/a.npy"},
		{"", "/a.npy", "/a.npy"},
	} {
		if got := inside(tt.folder, tt.path); got != tt.want {
			t.Errorf("inside(%q, %q): got %q, want %q", tt.folder, tt.path, got, tt.want)
		}
	}
}
