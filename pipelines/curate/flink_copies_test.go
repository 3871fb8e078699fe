package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pictures are small ones in a folder, and a configuration that copies a half of them.
func pictures(t *testing.T) (dir string, set []string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "in"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		m := image.NewGray(image.Rect(0, 0, 32, 32))
		for p := range m.Pix {
			m.Pix[p] = byte(p * (1 + i%7) / (1 + i/7))
		}
		var b bytes.Buffer
		if err := png.Encode(&b, m); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "in", fmt.Sprintf("%02d.png", i)), b.Bytes())
	}
	return dir, []string{
		"input.path=in/...", "input.kind=images", "sample.target_size=30", "levels=[{n_clusters: 6, n_iters: 5}]",
		"output.formats=[files, webdataset]", "work.dir=work", "output.dir=out",
	}
}

// TestFlinkCopies: workers copy items to where the driver says, though the path is
// relative and they start elsewhere; as on direct.
func TestFlinkCopies(t *testing.T) {
	c := onFlink(t)
	dir, set := pictures(t)
	if r := curate(t, dir, append([]string{"run"}, sets(set...)...)...); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	want, digests := copied(t, dir), summaryOf(t, dir).Digests
	dir, set = pictures(t)
	c.start(t, dir, 2, set...).succeed(t, dir, digests)
	got := copied(t, dir)
	if len(want) < 32 || len(got) != len(want) {
		t.Fatalf("%d files were copied, on direct %d", len(got), len(want))
	}
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s is not as on direct", name)
		}
	}
	c.idle(t)
}

// copied are the files of both copies.
func copied(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"files/*", "webdataset/*"} {
		paths, err := filepath.Glob(filepath.Join(dir, "out", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(path) != ".leveler.json" {
				files[strings.TrimPrefix(path, dir)] = string(b)
			}
		}
	}
	return files
}

// TestFlinkUnseenOutput: workers have another folder where copies go.
func TestFlinkUnseenOutput(t *testing.T) {
	c := onFlink(t)
	dir, set := pictures(t)
	c.config = hiding(t, c.config, filepath.Join(dir, "out"))
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o755); err != nil { //nolint:gosec // as curate makes it
		t.Fatal(err)
	}
	r := c.start(t, dir, 2, set...).wait(t)
	host, _ := os.Hostname()
	want := "curate: output.dir: the worker on " + host + " does not see the driver's out/files; mount the same storage there under the same name, or use gs://"
	if r.code != 1 || r.last() != want {
		t.Errorf("exit code %d\ngot  %s\nwant %s", r.code, r.last(), want)
	}
	c.idle(t)
}
