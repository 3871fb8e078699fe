package pipelines_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lines of a file of the output folder.
func (f folder) lines(name string) (lines []string) {
	f.t.Helper()
	in, err := os.Open(filepath.Join(f.dir, "out", name))
	if err != nil {
		f.t.Fatal(err)
	}
	defer in.Close()
	for s := bufio.NewScanner(in); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

// TestListsAgree: every list of the selection has the same rows and copies.
func TestListsAgree(t *testing.T) {
	f := newFolder(t, points(testRows), 2)
	s := f.must("output.formats=[jsonl, ids, npy, parquet]", "sample.target_size=900", "sample.multiplier=3")
	var rows []int64
	for _, line := range f.lines("selection.jsonl") {
		var r struct {
			Row         int64
			ID          string
			Source      string
			Level1      *int32 `json:"level_1"`
			Level2      *int32 `json:"level_2"`
			Distance    float32
			Copies      int
			Probability *float64 `json:"inclusion_probability"`
		}
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if r.Level1 == nil || r.Level2 == nil || r.Probability == nil || !strings.HasPrefix(filepath.Base(r.Source), "x-") || r.Copies < 1 || r.Copies > 3 {
			t.Fatalf("a line of selection.jsonl: %s", line)
		}
		for range r.Copies {
			rows = append(rows, r.Row)
		}
	}
	if int64(len(f.lines("selection.jsonl"))) != s.Sample.Selected || int64(len(rows)) != s.Sample.Copies || s.Sample.Copies == s.Sample.Selected {
		t.Errorf("%d rows, %d copies; want %d and more, %d", len(f.lines("selection.jsonl")), len(rows), s.Sample.Selected, s.Sample.Copies)
	}
	ids := f.lines("ids.txt")
	for i, r := range f.selected() {
		var id int64
		if err := json.Unmarshal([]byte(ids[i]), &id); err != nil || id != r || rows[i] != r {
			t.Fatalf("entry %d: indices.npy has %d, selection.jsonl %d, ids.txt %s", i, r, rows[i], ids[i])
		}
	}
	if len(ids) != len(rows) {
		t.Errorf("ids.txt has %d lines, want %d", len(ids), len(rows))
	}
}

// TestListsFail: a list that cannot be written is named, once.
func TestListsFail(t *testing.T) {
	f := newFolder(t, points(testRows), 1)
	if err := os.MkdirAll(filepath.Join(f.dir, "out", "ids.txt", "full"), 0o750); err != nil {
		t.Fatal(err)
	}
	_, err := f.run("output.formats=[npy, ids, jsonl]")
	if err == nil || !strings.Contains(err.Error(), "ids.txt: ") || strings.Contains(err.Error(), "indices.npy") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v; want one line that names ids.txt alone", err)
	}
}
