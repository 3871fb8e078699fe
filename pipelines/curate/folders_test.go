package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// treeOf are the files below a folder.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, b)
}

// refused runs a command that must end with a message and leave the folder as it is,
// w/ excepted.
func refused(t *testing.T, dir, want string, settings ...string) {
	t.Helper()
	before := treeOf(t, dir)
	r := curate(t, dir, append([]string{"run"}, sets(settings...)...)...)
	if r.code != 1 || r.last() != "curate: "+want {
		t.Errorf("%v: exit code %d, got %s\nwant %s", settings, r.code, r.last(), want)
	}
	after := treeOf(t, dir)
	for name, b := range before {
		if after[name] != b && !strings.HasPrefix(name, "w/") {
			t.Errorf("%v: %s is not as it was", settings, name)
		}
	}
}

func runs0(t *testing.T, dir string, settings ...string) result {
	t.Helper()
	r := curate(t, dir, append([]string{"run"}, sets(settings...)...)...)
	if r.code != 0 {
		t.Fatalf("%v: exit code %d: %s", settings, r.code, r.stderr)
	}
	return r
}

var smallRun = []string{"levels=[{n_clusters: 12, n_iters: 3}, {n_clusters: 3, n_iters: 3}]", "sample.target_size=20"}

// TestForeignWorkFolder: nothing of the user's in a work folder is read, replaced or
// removed.
func TestForeignWorkFolder(t *testing.T) {
	dir := t.TempDir()
	x := matrix(t, rows(200), 4)
	put(t, dir+"/x.npy", x)
	put(t, dir+"/work/embeddings/part-00000.npy", x)
	put(t, dir+"/mine/level-3/centroids.npy", x)
	put(t, dir+"/mine/run.yaml", []byte("mine\n"))
	const want = "work.dir: %s holds files that no run has put there (%s); set work.dir to a new folder"
	refused(t, dir, fmt.Sprintf(want, "work", "embeddings"), append(smallRun, "input.path=work/embeddings/*.npy")...)
	refused(t, dir, fmt.Sprintf(want, "mine", "run.yaml"), append(smallRun, "input.path=x.npy", "work.dir=mine")...)
	if err := os.Symlink("mine", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, fmt.Sprintf(want, "link", "run.yaml"), append(smallRun, "input.path=x.npy", "work.dir=link")...)

	// What a user puts into a run's folder stays too.
	settings := append(smallRun, "input.path=x.npy", "work.dir=w", "output.dir=w/out")
	runs0(t, dir, settings...)
	put(t, dir+"/w/level-3/centroids.npy", x)
	put(t, dir+"/w/level-1/assignments/part-9.npy", x)
	put(t, dir+"/w/embeddings/part-00000.npy", x)
	runs0(t, dir, append(settings, "levels=[{n_clusters: 12, n_iters: 4}]")...)
	after := treeOf(t, dir)
	for _, name := range []string{"w/level-3/centroids.npy", "w/level-1/assignments/part-9.npy", "w/embeddings/part-00000.npy", "w/level-1/centroids.npy"} {
		if after[name] == "" {
			t.Errorf("%s is gone", name)
		}
	}
	for name := range after {
		if strings.HasPrefix(name, "w/level-2/") {
			t.Errorf("%s is still there", name)
		}
	}
	refused(t, dir, "work.dir: no run has put w/level-3/centroids.npy there, which this one would replace; move it, or set another work.dir",
		append(settings, "levels=[{n_clusters: 12, n_iters: 3}, {n_clusters: 5, n_iters: 3}, {n_clusters: 2, n_iters: 3}]")...)
	if b := treeOf(t, dir)["w/level-3/centroids.npy"]; b != string(x) {
		t.Error("w/level-3/centroids.npy is not as it was")
	}
	refused(t, dir, `input.path: all 1 files of "w/embeddings/*.npy" lie in work.dir of this run, which it writes and removes files in; set another work.dir to use them`,
		append(settings, "input.path=w/embeddings/*.npy")...)
}

// TestOwnEmbeddingsAgain: the points of one run are input of another, in another folder.
func TestOwnEmbeddingsAgain(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintf(&text, "%s number %d\n", []string{"a green pear", "the red apple", "some blue plums"}[i%3], i)
	}
	put(t, dir+"/x.txt", []byte(text.String()))
	runs0(t, dir, append(smallRun, "input.path=x.txt", "input.split=line", "embed.dim=64")...)
	points := treeOf(t, dir+"/work/embeddings")
	again := append(smallRun, "input.path=work/embeddings/*.npy", "work.dir=w2", "output.dir=o2")
	runs0(t, dir, again...)
	runs0(t, dir, append(again, "levels=[{n_clusters: 9, n_iters: 3}]")...)
	if !maps.Equal(points, treeOf(t, dir+"/work/embeddings")) || len(points) == 0 {
		t.Error("the first run's embeddings are not as they were")
	}
}

// TestOutputsAreNoInput: a run again of the same command reads the same files.
func TestOutputsAreNoInput(t *testing.T) {
	for _, tt := range []struct{ path, work, out string }{
		{"./...", "work", "out"}, {"**/*", "work", "out"}, {"link/...", "work", "out"}, {"./...", "link/deep/work", "out"}, {"./...", "work", "."},
	} {
		t.Run(strings.ReplaceAll(tt.path+" "+tt.work+" "+tt.out, "/", "|"), func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Symlink(".", dir+"/link"); err != nil {
				t.Fatal(err)
			}
			for i := range 60 {
				put(t, fmt.Sprintf("%s/t/%02d.txt", dir, i), fmt.Appendf(nil, "%s %d", strings.Repeat([]string{"pear ", "apple ", "plum "}[i%3], 1+i%4), i))
			}
			settings := append(smallRun, "input.path="+tt.path, "input.kind=text", "input.split=file", "embed.dim=64", "work.dir="+tt.work, "output.dir="+tt.out,
				"output.formats=[npy, parquet, ids, jsonl, card, webdataset]")
			runs0(t, dir, settings...)
			selection := func() string {
				b, err := os.ReadFile(filepath.Join(dir, tt.out, "summary.json"))
				if err != nil || !bytes.Contains(b, []byte(`"rows": 60`)) {
					t.Fatalf("not 60 rows: %v\n%s", err, b)
				}
				return treeOf(t, filepath.Join(dir, tt.out))["indices.npy"]
			}
			first := selection()
			r := runs0(t, dir, settings...)
			if second := selection(); second != first || !strings.Contains(r.stderr, "below work.dir or output.dir are left out") {
				t.Errorf("another selection, or nothing said: %s", r.stderr)
			}
		})
	}
}

// TestUsersOutputs: no file is replaced that no run has written.
func TestUsersOutputs(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/x.npy", matrix(t, rows(200), 4))
	settings := append(smallRun, "input.path=x.npy", "output.formats=[npy, parquet, card]")
	for _, name := range []string{"indices.npy", "report.html", "summary.json", "bad_records.parquet", "README.md"} {
		put(t, dir+"/out/"+name, []byte("mine\n"))
		refused(t, dir, "output.dir: the run would replace out/"+name+", which is not as a run has left it; move it, or set another output.dir", settings...)
		if err := os.Remove(dir + "/out/" + name); err != nil {
			t.Fatal(err)
		}
	}
	put(t, dir+"/out/ids.txt", []byte("mine\n")) // not asked for
	runs0(t, dir, settings...)
	runs0(t, dir, append(settings, "sample.target_size=21")...)
	names := slices.Sorted(maps.Keys(treeOf(t, dir+"/out")))
	if want := ".leveler.json README.md croissant.json ids.txt indices.npy report.html selection.parquet summary.json"; strings.Join(names, " ") != want {
		t.Errorf("got %v\nwant %s", names, want)
	}
	put(t, dir+"/out/indices.npy", []byte("mine\n"))
	refused(t, dir, "output.dir: the run would replace out/indices.npy, which is not as a run has left it; move it, or set another output.dir", settings...)
}
