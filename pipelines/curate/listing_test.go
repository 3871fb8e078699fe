package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"leveler/internal/fakegcs"
)

// TestCountsWhatItCannotTake: a file whose name is not UTF-8 and a folder behind a link
// are counted, and end no run.
func TestCountsWhatItCannotTake(t *testing.T) {
	dir := t.TempDir()
	put(t, dir+"/x.npy", matrix(t, rows(200), 4))
	put(t, dir+"/in/a/x.npy", matrix(t, rows(200), 4))
	put(t, dir+"/in/b/na\xefve.npy", matrix(t, rows(10), 4))
	put(t, dir+"/far/y.npy", matrix(t, rows(10), 4))
	if err := os.Symlink("../far", dir+"/in/link"); err != nil {
		t.Fatal(err)
	}
	r := runs0(t, dir, append(smallRun, "input.path=in/...", "input.kind=npy", "work.dir=w")...)
	if s := summaryOf(t, dir); s.Input.Rows != 200 || s.Input.Skipped.Files["name not UTF-8"] != 1 || s.Input.Skipped.Files["link to a folder"] != 1 {
		t.Errorf("got %d rows, skipped %v", s.Input.Rows, s.Input.Skipped.Files)
	}
	if !strings.Contains(r.stderr, `1 files are left out whose names are not UTF-8, such as "in/b/na\xefve.npy"`) {
		t.Errorf("it is not named: %s", r.stderr)
	}
	refused(t, dir, `input.path: no file matches "in/b/*.npy" but 1 whose names are not UTF-8, such as "in/b/na\xefve.npy"; rename them`,
		append(smallRun, "input.path=in/b/*.npy", "work.dir=w")...)
}

// TestBucketsFoldersAreNoInput: the same in a bucket, for input and folders.
func TestBucketsFoldersAreNoInput(t *testing.T) {
	s := fakegcs.New(t, "bkt")
	for i := range 60 {
		s.Put(fmt.Sprintf("gs://bkt/in/%02d.txt", i), fmt.Appendf(nil, "%s %d", strings.Repeat([]string{"pear ", "apple ", "plum "}[i%3], 1+i%4), i))
	}
	settings := append(smallRun, "input.path=gs://bkt/...", "input.kind=text", "input.split=file", "embed.dim=64", "work.dir=gs://bkt/work", "output.dir=gs://bkt/out",
		"output.formats=[npy, ids, jsonl]")
	var first []byte
	for i := range 2 {
		if r := bucketRun(t, settings); r.code != 0 {
			t.Fatalf("run %d: exit code %d: %s", i, r.code, r.stderr)
		}
		if sum := bucketSummary(t, s); sum.Input.Rows != 60 {
			t.Errorf("run %d: %d rows, want 60", i, sum.Input.Rows)
		}
		got, err := s.Get("gs://bkt/out/indices.npy")
		if err != nil || i > 0 && !bytes.Equal(got, first) {
			t.Errorf("run %d: another selection, %v", i, err)
		}
		first = got
	}
	s.Put("gs://bkt/mine/embeddings/part-00000.npy", []byte("mine"))
	r := bucketRun(t, append(settings, "work.dir=gs://bkt/mine"))
	if want := "curate: work.dir: gs://bkt/mine holds files that no run has put there (embeddings); set work.dir to a new folder"; r.code != 1 || r.last() != want {
		t.Errorf("exit code %d, got %s\nwant %s", r.code, r.last(), want)
	}
	s.Put("gs://bkt/out/indices.npy", []byte("mine"))
	r = bucketRun(t, settings)
	if want := "curate: output.dir: the run would replace gs://bkt/out/indices.npy, which is not as a run has left it; move it, or set another output.dir"; r.code != 1 || r.last() != want {
		t.Errorf("exit code %d, got %s\nwant %s", r.code, r.last(), want)
	}
}
