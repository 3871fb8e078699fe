package pipelines_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/report"
	"leveler/pipelines"
)

// picture is a small one of its own.
func picture(t *testing.T, i int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := range 32 {
			v := 40 * (i % 5)
			if (x/(2+i%5)+y/(1+i%3))%2 == 0 {
				v += 30 + i%7
			}
			img.SetGray(x, y, color.Gray{uint8(v)})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), fmt.Sprint(i)...) // no two files are equal
}

// sentence is a text of its own.
func sentence(i int) string {
	return fmt.Sprintf("%s %d", strings.Repeat([]string{"apple ", "pear ", "plum "}[i%3], 1+i%4), i)
}

// raw is a folder of n raw items of a kind: x/… below it.
func raw(t *testing.T, kind string, n int) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	if err := os.MkdirAll(filepath.Join(f.dir, "x", "even"), 0o750); err != nil {
		t.Fatal(err)
	}
	name := func(i int) string {
		if i%2 == 0 {
			return fmt.Sprintf("even/%03d", i)
		}
		return fmt.Sprintf("%03d", i)
	}
	switch kind {
	case configs.KindImages:
		for i := range n {
			f.write("x/"+name(i)+".png", picture(t, i))
		}
	case configs.KindWebDataset:
		for part := range 2 {
			var b bytes.Buffer
			w := tar.NewWriter(&b)
			for i := part * n / 2; i < (part+1)*n/2; i++ {
				for _, m := range []struct {
					ext  string
					data []byte
				}{{"png", picture(t, i)}, {"json", fmt.Appendf(nil, `{"n": %d}`, i)}, {"txt", []byte(sentence(i))}} {
					if err := w.WriteHeader(&tar.Header{Name: fmt.Sprintf("%09d.%s", i%20, m.ext), Size: int64(len(m.data)), Mode: 0o600, Uname: "me"}); err != nil {
						t.Fatal(err)
					}
					if _, err := w.Write(m.data); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			f.write(fmt.Sprintf("x/%05d.tar", part), b.Bytes())
		}
	case configs.KindJSONL, configs.KindText:
		var b bytes.Buffer
		for i := range n {
			if kind == configs.KindText {
				fmt.Fprintf(&b, "%s\n\n", sentence(i))
			} else {
				fmt.Fprintf(&b, `{"n": %d,  "text": "%s\u0041"}`+"\n", i, sentence(i))
			}
		}
		f.write("x/a."+map[string]string{configs.KindJSONL: "jsonl", configs.KindText: "txt"}[kind], b.Bytes())
	}
	return f
}

func (f folder) curateRaw(kind string, sets ...string) (*report.Summary, error) {
	f.t.Helper()
	if kind != configs.KindImages { // their embedding has a dimension of its own
		sets = append([]string{"embed.dim=64"}, sets...)
	}
	c, err := configs.Load("", append([]string{
		"input.kind=" + kind, "input.path=" + f.dir + "/x/...", "work.dir=" + f.dir + "/work", "output.dir=" + f.dir + "/out",
		"levels=[{n_clusters: 10, n_iters: 4}]", "sample.target_size=30", "resources.shard_rows=17",
	}, sets...))
	if err != nil {
		f.t.Fatal(err)
	}
	r := &pipelines.Run{Config: c}
	return r.Curate(f.t.Context())
}

// tree is what lies below a folder of the output: names and contents.
func (f folder) tree(name string) map[string]string {
	f.t.Helper()
	files := map[string]string{}
	root := filepath.Join(f.dir, "out", name)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		if rel != ".leveler.json" {
			files[rel] = string(b)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.t.Fatal(err)
	}
	return files
}

// entries are the members of the archives of a copy, by name, in order.
func (f folder) entries(name string) (names []string, data map[string]string) {
	f.t.Helper()
	data = map[string]string{}
	files := f.tree(name)
	for _, file := range slices.Sorted(mapsKeys(files)) {
		if !strings.HasSuffix(file, ".tar") {
			continue
		}
		seen := map[string]bool{}
		for r := tar.NewReader(strings.NewReader(files[file])); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				f.t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				f.t.Fatal(err)
			}
			if seen[h.Name] {
				f.t.Errorf("%s has %s twice", file, h.Name)
			}
			if seen[h.Name] = true; h.Uname != "" || h.ModTime.Unix() != 0 || h.Mode != 0o644 {
				f.t.Errorf("%s: %s says when and who: %+v", file, h.Name, h)
			}
			names = append(names, file+":"+h.Name)
			data[file+":"+h.Name] = string(b)
		}
	}
	return names, data
}

func mapsKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestCopyLines: the selected lines are the file's, in its order, as often as
// they were taken.
func TestCopyLines(t *testing.T) {
	for _, kind := range []string{configs.KindJSONL, configs.KindText} {
		f := raw(t, kind, 60)
		s, err := f.curateRaw(kind, "output.formats=[npy, lines, hf, webdataset]", "sample.target_size=70", "sample.multiplier=2", "output.shard_rows=13")
		if err != nil {
			t.Fatal(err)
		}
		source := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(string(must(os.ReadFile(filepath.Join(f.dir, "x", map[string]string{"jsonl": "a.jsonl", "text": "a.txt"}[kind])))), " ", "~"), "\n", " "))
		var want, got strings.Builder
		for _, i := range f.selected() {
			want.WriteString(strings.ReplaceAll(source[i], "~", " ") + "\n")
		}
		files := f.tree("lines")
		for _, name := range slices.Sorted(mapsKeys(files)) {
			got.WriteString(files[name])
		}
		if got.String() != want.String() || len(files) < 3 {
			t.Errorf("%s: %d files\n%s\nwant\n%s", kind, len(files), got.String(), want.String())
		}
		names, data := f.entries("webdataset")
		first := f.selected()[0]
		key := fmt.Sprintf("00000.tar:%09d.%s", first, map[string]string{"jsonl": "json", "text": "txt"}[kind])
		if data[key]+"\n" != want.String()[:len(data[key])+1] || int64(len(names)) < s.Sample.Copies {
			t.Errorf("%s: %s is %q; %d members", kind, key, data[key], len(names))
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestCopyFiles: hard links to the selected files under their names.
func TestCopyFiles(t *testing.T) {
	f := raw(t, configs.KindImages, 60)
	if _, err := f.curateRaw(configs.KindImages, "output.formats=[npy, ids, files]"); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		files, ids := f.tree("files"), f.lines("ids.txt")
		if len(files) != len(ids) {
			t.Errorf("%d files, %d ids", len(files), len(ids))
		}
		for _, id := range ids {
			a, errA := os.Stat(filepath.Join(f.dir, "x", id))
			b, errB := os.Stat(filepath.Join(f.dir, "out", "files", id))
			if errA != nil || errB != nil || !os.SameFile(a, b) {
				t.Errorf("%s is no link to the file (%v, %v)", id, errA, errB)
			}
		}
	}
	check()
	if _, err := f.curateRaw(configs.KindImages, "output.formats=[npy, ids, files]", "sample.seed=5", "sample.target_size=20"); err != nil {
		t.Fatal(err)
	}
	check()
	if _, err := f.curateRaw(configs.KindImages, "output.formats=[npy, files]", "sample.target_size=90", "sample.multiplier=2"); err != nil {
		t.Fatal(err)
	}
	files := f.tree("files")
	for i, row := range f.selected() {
		second := i > 0 && f.selected()[i-1] == row
		found := 0
		for name, data := range files {
			if strings.HasSuffix(name, fmt.Sprintf("-%d%s.png", row, map[bool]string{true: ".2"}[second])) && strings.HasPrefix(data, "\x89PNG") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("row %d (second: %v) has %d files", row, second, found)
		}
	}
	if len(files) != 90 {
		t.Errorf("%d files, want 90", len(files))
	}
}

// TestCopyTar: keys and members are kept, equal keys of different archives kept
// apart, and the bytes depend on the selection alone.
func TestCopyTar(t *testing.T) {
	var trees []map[string]string
	for _, where := range []string{"resources.shard_rows=17", "resources.shard_rows=5", "runner.name=prism"} {
		f := raw(t, configs.KindWebDataset, 60)
		if _, err := f.curateRaw(configs.KindWebDataset, "input.item_ext=[txt]", "input.medium=text", "output.formats=[npy, webdataset, hf]", "sample.target_size=80", "sample.multiplier=2",
			"output.shard_rows=40", "output.shard_bytes=60KiB", where); err != nil {
			t.Fatal(err)
		}
		trees = append(trees, f.tree("webdataset"))
		if len(trees) > 1 {
			continue
		}
		names, data := f.entries("webdataset")
		if len(names) != 3*80 {
			t.Errorf("%d members, want 3 of each of 80", len(names))
		}
		for i, row := range f.selected() {
			name := names[3*i]
			json := strings.TrimSuffix(name, ".png") + ".json"
			if data[name] != string(picture(t, int(row))) || data[json] != fmt.Sprintf(`{"n": %d}`, row) {
				t.Fatalf("member %d, %s, is not item %d", i, name, row)
			}
			if _, key, _ := strings.Cut(name, ":"); !strings.HasPrefix(key, fmt.Sprintf("%09d", row%20)) {
				t.Errorf("item %d has key %s", row, key)
			}
		}
		if hf := f.tree("hf"); hf[fmt.Sprintf("data/train-00000-of-%05d.tar", len(trees[0])-1)] != trees[0]["00000.tar"] {
			t.Errorf("hf has other archives: %d files", len(hf))
		}
	}
	for i, tree := range trees[1:] {
		for name := range trees[0] {
			if tree[name] != trees[0][name] || len(tree) != len(trees[0]) {
				t.Errorf("run %d: %s differs", i+1, name)
			}
		}
	}
	if len(trees[0]) < 4 {
		t.Errorf("%d files; want several archives", len(trees[0]))
	}
}

// TestCopyResumes: a finished copy is not made again; a damaged one is; the
// user's folder is refused before any work.
func TestCopyResumes(t *testing.T) {
	f := raw(t, configs.KindJSONL, 60)
	sets := []string{"output.formats=[lines]"}
	if _, err := f.curateRaw(configs.KindJSONL, sets...); err != nil {
		t.Fatal(err)
	}
	want := f.tree("lines")
	s, err := f.curateRaw(configs.KindJSONL, sets...)
	if err != nil || !strings.Contains(reused(s), "copy-lines") {
		t.Errorf("reused %v, %v", s, err)
	}
	if err := os.Remove(filepath.Join(f.dir, "out", "lines", "data-00000.jsonl")); err != nil {
		t.Fatal(err)
	}
	if s, err = f.curateRaw(configs.KindJSONL, sets...); err != nil || strings.Contains(reused(s), "copy-lines") {
		t.Errorf("a copy without a shard was reused: %v", err)
	}
	if got := f.tree("lines"); got["data-00000.jsonl"] != want["data-00000.jsonl"] || len(got) != len(want) {
		t.Errorf("got %d files, want %d", len(got), len(want))
	}
	if left, _ := filepath.Glob(filepath.Join(f.dir, "out", ".lines-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	other := raw(t, configs.KindJSONL, 60)
	if err := os.MkdirAll(filepath.Join(other.dir, "out", "lines", "mine"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(f.dir, "out", "hf", "mine"), 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := f.curateRaw(configs.KindJSONL, append(sets, "output.formats=[npy, lines, hf]")...); err == nil || !strings.Contains(err.Error(), "hf goes into") {
		t.Errorf("a folder of the user's after one of ours: %v", err)
	}
	if _, err := other.curateRaw(configs.KindJSONL, sets...); err == nil || !strings.Contains(err.Error(), "which holds files that no run has put there") {
		t.Errorf("a folder of the user's: %v", err)
	}
	if _, err := os.Stat(filepath.Join(other.dir, "work")); err == nil {
		t.Error("work was begun")
	}
}
