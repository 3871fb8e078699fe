package pipelines_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/progress"
	"leveler/pipelines"
)

// TestStaleOutputs: what the last run left and this one was not asked for goes,
// except what is not as it was left.
func TestStaleOutputs(t *testing.T) {
	f := raw(t, configs.KindText, 60)
	run := func(formats string) string {
		t.Helper()
		c, err := configs.Load("", []string{
			"input.path=" + f.dir + "/x/...", "input.kind=text", "work.dir=" + f.dir + "/work", "output.dir=" + f.dir + "/out", "embed.dim=64",
			"levels=[{n_clusters: 10, n_iters: 4}]", "sample.target_size=30", "output.formats=" + formats,
		})
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		if _, err := (&pipelines.Run{Config: c, Progress: progress.New(&said, false)}).Curate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return said.String()
	}
	there := func() string {
		return strings.Join(slices.Sorted(maps.Keys(topFiles(t, f.dir+"/out"))), " ")
	}
	run("[npy, parquet, ids, jsonl, card, lines]")
	const always = "report.html summary.json"
	if got, want := there(), "README.md croissant.json ids.txt indices.npy "+"report.html selection.jsonl selection.parquet summary.json"; got != want {
		t.Fatalf("got %s\nwant %s", got, want)
	}
	f.write("out/ids.txt", []byte("mine\n"))
	f.write("out/selection.txt", []byte("mine\n"))
	said := run("[npy]")
	if got, want := there(), "ids.txt indices.npy report.html selection.txt summary.json"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !strings.Contains(said, "/out/lines holds the copy of an earlier run") {
		t.Errorf("the copy that stays is not named: %s", said)
	}
	run("[parquet]")
	if got, want := there(), "ids.txt report.html selection.parquet selection.txt summary.json"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	run("[npy, card]")
	readme := must(os.ReadFile(f.dir + "/out/README.md"))
	f.write("out/README.md", append(readme, "and mine\n"...))
	if err := os.Remove(f.dir + "/out/ids.txt"); err != nil { // the user's, which no run replaces
		t.Fatal(err)
	}
	run("[ids]")
	// Rows in an order of the user's: the same size.
	ids := must(os.ReadFile(f.dir + "/out/ids.txt"))
	first, rest, _ := bytes.Cut(ids, []byte("\n"))
	f.write("out/ids.txt", slices.Concat(rest, first, []byte("\n")))
	run("[npy]")
	if got, want := there(), "README.md ids.txt indices.npy "+strings.Replace(always, " ", " selection.txt ", 1); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// topFiles are the files of a folder, without those of its folders.
func topFiles(t *testing.T, dir string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, e := range must(os.ReadDir(dir)) {
		if e.Type().IsRegular() && e.Name() != ".leveler.json" {
			out[filepath.Base(e.Name())] = true
		}
	}
	return out
}
