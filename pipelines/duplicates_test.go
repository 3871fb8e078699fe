package pipelines_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"leveler/configs"
	"leveler/internal/progress"
	"leveler/internal/report"
	"leveler/pipelines"
)

// listedRow is a row of bad_records.parquet and duplicate_ids.parquet.
type listedRow struct {
	Row    int64  `parquet:"row"`
	ID     string `parquet:"id"`
	Source string `parquet:"source"`
	InFile int64  `parquet:"row_in_file"`
	Line   int64  `parquet:"line"`
	Reason string `parquet:"reason"`
}

// repeating writes two files of 400 rows, 7 blank lines between, in which most ids
// repeat, some within a shard and some across files, and some have 10 kB. It
// returns the lists that a run must leave.
func repeating(f folder) (duplicates, tooLong []listedRow) {
	long := strings.Repeat("x", 10_000)
	first := map[string]int{}
	var files [2]strings.Builder
	for i := range 400 {
		file, inFile := i/250, i
		if file == 1 {
			inFile = i - 250
		}
		id := fmt.Sprintf("doc-%d", i*i%97)
		if i%80 == 79 {
			id = fmt.Sprint(i%160, long)
		}
		line := inFile + 1
		if inFile >= 100 {
			line += 7
		}
		if inFile == 100 {
			files[file].WriteString(strings.Repeat("\n", 7))
		}
		fmt.Fprintf(&files[file], "{\"id\": %q, \"text\": \"text number %d of some words\"}\n", id, i*7919%1000)
		r := listedRow{Row: int64(i), ID: id, Source: fmt.Sprintf("%s/%d.jsonl", f.dir, file), InFile: int64(inFile), Line: int64(line)}
		switch row, seen := first[id]; {
		case len(id) > 4096:
			r.ID, r.Reason = fmt.Sprintf("%s…sha256:%x", id[:64], sha256.Sum256([]byte(id))), fmt.Sprintf("has an id of %d bytes; at most 4096 are kept", len(id))
			tooLong = append(tooLong, r)
		case seen:
			r.Reason = fmt.Sprintf("repeats the id %q of row %d", id, row)
			duplicates = append(duplicates, r)
		default:
			first[id] = i
		}
	}
	f.write("0.jsonl", []byte(files[0].String()))
	f.write("1.jsonl", []byte(files[1].String()))
	return duplicates, tooLong
}

func (f folder) listed(name string) []listedRow {
	f.t.Helper()
	rows, err := parquet.ReadFile[listedRow](filepath.Join(f.dir, "out", name))
	if err != nil {
		f.t.Fatal(err)
	}
	return rows
}

// TestDuplicateIDs: they are counted and listed, and kept or bad rows as the
// configuration says, the same on every engine and for every shard size.
func TestDuplicateIDs(t *testing.T) {
	f := folder{t, t.TempDir()}
	duplicates, tooLong := repeating(f)
	sets := []string{
		"input.path=" + f.dir + "/*.jsonl", "input.id_field=id", "levels=[{n_clusters: 4}]", "sample.target_size=20",
		"input.on_bad_row=drop", "input.max_bad_fraction=1",
	}
	bad := "input.on_duplicate_id=bad"
	var kept, dropped string
	for _, engine := range []string{"direct", "prism"} {
		for _, rows := range []int{1000, 40, 7} {
			t.Run(fmt.Sprintf("%s, shards of %d", engine, rows), func(t *testing.T) {
				f := folder{t, f.dir}
				at := append(sets, "runner.name="+engine, fmt.Sprintf("resources.shard_rows=%d", rows), fmt.Sprintf("work.dir=%s/work-%s-%d", f.dir, engine, rows))
				s := f.must(at...)
				f.counts(s, int64(len(duplicates)), int64(len(tooLong)), 400-int64(len(tooLong)))
				if diff := cmp.Diff(duplicates, f.listed("duplicate_ids.parquet")); diff != "" {
					t.Errorf("duplicate_ids.parquet (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tooLong, f.listed("bad_records.parquet")); diff != "" {
					t.Errorf("bad_records.parquet (-want +got):\n%s", diff)
				}
				kept = sameDigest(t, kept, s)

				s = f.must(append(at, bad)...)
				f.counts(s, int64(len(duplicates)), int64(len(tooLong)+len(duplicates)), 400-int64(len(tooLong)+len(duplicates)))
				if diff := cmp.Diff(merged(duplicates, tooLong), f.listed("bad_records.parquet")); diff != "" {
					t.Errorf("bad_records.parquet (-want +got):\n%s", diff)
				}
				if _, err := os.Stat(f.dir + "/out/duplicate_ids.parquet"); err == nil {
					t.Error("duplicate_ids.parquet of another configuration was left")
				}
				dropped = sameDigest(t, dropped, s)
			})
		}
	}
	_, err := f.run(append(sets, bad, "input.max_bad_fraction=0.1")...)
	if want := fmt.Sprintf("input.max_bad_fraction: %d of 400 rows are bad, more than 0.1 of them", len(duplicates)+len(tooLong)); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v\nwant %s…", err, want)
	}
	_, err = f.run(append(sets, bad, "input.on_bad_row=fail")...)
	if want := f.dir + "/0.jsonl: line 50: repeats the id \"doc-73\" of row 48"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v\nwant %s…", err, want)
	}
}

// TestDuplicateIDsAreSaid in the run's output.
func TestDuplicateIDsAreSaid(t *testing.T) {
	f := folder{t, t.TempDir()}
	duplicates, _ := repeating(f)
	c, err := configs.Load("", append(f.sets(), "input.path="+f.dir+"/*.jsonl", "input.id_field=id", "levels=[{n_clusters: 4}]", "sample.target_size=20", "input.on_bad_row=drop"))
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if _, err := (&pipelines.Run{Config: c, Progress: progress.New(&said, false)}).Curate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d rows repeat the id of an earlier row and are kept; all are in %s/out/duplicate_ids.parquet", len(duplicates), f.dir); !strings.Contains(said.String(), want) {
		t.Errorf("got %s\nwant %s", said.String(), want)
	}
}

func (f folder) counts(s *report.Summary, duplicates, bad, eligible int64) {
	f.t.Helper()
	if s.Input.DuplicateIDs.Count != duplicates || s.Input.Bad.Count != bad || s.Input.Eligible != eligible || s.Input.Rows != 400 {
		f.t.Errorf("got %+v\nwant %d duplicates, %d bad, %d eligible", s.Input, duplicates, bad, eligible)
	}
	if n := len(s.Input.DuplicateIDs.First); int64(n) != min(duplicates, report.MaxBadRows) {
		f.t.Errorf("%d duplicates are listed", n)
	}
}

// sameDigest compares a selection with that of the runs before, if there is one.
func sameDigest(t *testing.T, want string, s *report.Summary) string {
	t.Helper()
	if got := digest(s); want != "" && got != want {
		t.Error("another selection")
	}
	return digest(s)
}

// merged are two lists in row order.
func merged(a, b []listedRow) (out []listedRow) {
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].Row < b[0].Row {
			out, a = append(out, a[0]), a[1:]
			continue
		}
		out, b = append(out, b[0]), b[1:]
	}
	return out
}
