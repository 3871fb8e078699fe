package records

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// items prints the items of some rows.
func items(t *testing.T, content string, o Options, every int64, rows ...int64) []string {
	t.Helper()
	f := File{Path: "d/f", Name: "f"}
	ix, err := IndexFile(strings.NewReader(content), f, o, every)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = ReadItems(strings.NewReader(content), f, ix.Range(rows[0], ix.Rows-rows[0]), rows, o, func(row int64, members []Member) error {
		s := fmt.Sprint(row)
		for _, m := range members {
			s += fmt.Sprintf(" %s=%q", m.Name, m.Data)
		}
		got = append(got, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReadItems(t *testing.T) {
	tar := archive(t,
		member{"0.jpg", jpeg, 0}, member{"0.json", "{}", 0}, member{"a/1.txt", "no item", 0}, member{"a/2.seg.png", png, 0}, member{"a/2.jpg", jpeg, 0},
		member{"3.jpg", jpeg, 0}, member{"x", "", '2'}, member{"3.cls", "7", 0})
	archived := Options{Format: FormatWebDataset, Medium: MediumImage}
	wantTar := []string{
		fmt.Sprintf("0 0.jpg=%q 0.json=%q", jpeg, "{}"),
		fmt.Sprintf("2 a/2.seg.png=%q a/2.jpg=%q", png, jpeg),
		fmt.Sprintf("3 3.jpg=%q 3.cls=%q", jpeg, "7"),
	}
	for name, c := range map[string]struct {
		content string
		o       Options
		rows    []int64
		want    []string
	}{
		"tar":       {tar, archived, []int64{0, 2, 3}, wantTar},
		"tar, last": {tar, archived, []int64{3}, wantTar[2:]},
		"tar.zst":   {zstdOf(t, tar), archived, []int64{0, 2, 3}, wantTar},
		"jsonl": {
			"\n{\"text\": \"\"}\n {\"id\":1, \"text\":\"a\"} \n{\"text\": 5}\n{\"text\":\"b\"}",
			Options{Format: FormatJSONL},
			[]int64{0, 2},
			[]string{`0 f=" {\"id\":1, \"text\":\"a\"} "`, `2 f="{\"text\":\"b\"}"`},
		},
		"paragraphs": {"a\nb\n\nc\n", Options{Format: FormatText, Split: SplitParagraph}, []int64{1}, []string{`1 f="c"`}},
		"image":      {gif, Options{Format: FormatImages}, []int64{0}, []string{fmt.Sprintf("0 f=%q", gif)}},
	} {
		for _, every := range []int64{1, 2, 100} {
			if diff := cmp.Diff(c.want, items(t, c.content, c.o, every, c.rows...)); diff != "" {
				t.Errorf("%s, a mark every %d (-want +got):\n%s", name, every, diff)
			}
		}
	}
	err := ReadItems(strings.NewReader(tar), File{Path: "d/f"}, Range{Mark: start, Rows: 9}, []int64{8}, archived, nil)
	if err == nil || err.Error() != "d/f: changed since it was indexed: it ends before row 8" {
		t.Errorf("got %v", err)
	}
}

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.jpg": "a/b.jpg", "../../etc/passwd": "etc/passwd", "/abs/x": "abs/x", `..\..\x`: "x", `C:\x`: "C_/x", "": "_", "...": "_",
		"a/../b": "a/b", "./.hidden": "hidden", "a\x00b\n": "a_b_", "\xff": "_", "ä?": "ä_", strings.Repeat("x", 300): strings.Repeat("x", 200),
	} {
		if got := SafeName(name); got != want {
			t.Errorf("%q: got %q want %q", name, got, want)
		}
	}
}
