package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// start makes a folder with goodConfig and its input.
func start(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	writeFile(t, filepath.Join(dir, "config.yaml"), []byte(goodConfig))
	writeFile(t, filepath.Join(dir, "good.npy"), matrix(t, rows(1000), 4))
	return dir
}

func TestHelpFitsOnOneScreen(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"--help"}, {"help"}, {"run", "-h"}} {
		r := curate(t, t.TempDir(), args...)
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%q: exit code %d, stderr %q, want 0 and nothing", args, r.code, r.stderr)
		}
		if n := strings.Count(r.stdout, "\n"); n > 40 || n < 10 {
			t.Errorf("%q: %d lines, want at most 40", args, n)
		}
		for _, line := range strings.Split(r.stdout, "\n") {
			if len(line) > 90 {
				t.Errorf("%q: a line of %d characters: %s", args, len(line), line)
			}
		}
		for _, verb := range verbNames() {
			if !strings.Contains(r.stdout, "\t"+verb) {
				t.Errorf("%q: verb %s is not listed", args, verb)
			}
		}
	}
}

func TestUsageFaults(t *testing.T) {
	dir := start(t)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown verb", []string{"cruate"}, `there is no verb "cruate"; the verbs are config, doctor, run, sample, status`},
		{"unknown flag", []string{"run", "-confg", "config.yaml"}, "run: flag provided but not defined: -confg; see curate -h"},
		{"no flag", []string{"run", "config.yaml"}, `run: "config.yaml" is no flag; see curate -h`},
		{"no config", []string{"run"}, "run: -config is missing; see curate -h"},
		{"config that is not there", []string{"run", "-config", "none.yaml"}, "open none.yaml: no such file or directory"},
		{"config that is a folder", []string{"run", "-config", "."}, "read .: is a directory"},
		{"status of nothing", []string{"status"}, "status: -config is missing; see curate -h"},
	} {
		t.Run(tt.name, func(t *testing.T) { checkFault(t, dir, curate(t, dir, tt.args...), tt.want) })
	}
}

// TestFaultsOfTheFile: all faults at once, each by its line and key.
func TestFaultsOfTheFile(t *testing.T) {
	dir := start(t)
	writeFile(t, filepath.Join(dir, "bad.yaml"), []byte("input: {path: good.npy}\nlevels: [{n_clusters: 0}]\nsampel: {}\nsample: {target_size: -1}\n"))
	r := curate(t, dir, "run", "-config", "bad.yaml")
	want := []string{
		"curate: bad.yaml:2: levels.0.n_clusters: is required",
		"bad.yaml:3: sampel: is not a known key; did you mean sample?",
		"bad.yaml:4: sample.target_size: must be >= 1 (got -1)",
	}
	if got := strings.Split(strings.TrimRight(r.stderr, "\n"), "\n"); r.code != 1 || !slices.Equal(got, want) {
		t.Errorf("exit code %d and\n%s\nwant 1 and\n%s", r.code, r.stderr, strings.Join(want, "\n"))
	}
}

// TestWorkerArguments: a worker's arguments go to Beam, never to a verb.
func TestWorkerArguments(t *testing.T) {
	dir := t.TempDir()
	r := curate(t, dir, "--worker=true", "--id=1", "--logging_endpoint=", "--control_endpoint=")
	if r.code == 0 || !strings.Contains(r.stderr, "Worker failed") {
		t.Errorf("exit code %d, stderr %q; want Beam's harness to fail for the lack of an endpoint", r.code, r.stderr)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) > 0 {
		t.Errorf("a worker left %v (%v)", names, err)
	}
}

// TestStreams: the table alone goes to stdout, plain lines of progress to stderr.
func TestStreams(t *testing.T) {
	dir := start(t)
	r := curate(t, dir, "run", "-config", "config.yaml")
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if !strings.HasPrefix(r.stdout, "Selected 3 of 1,000 records") || strings.Contains(r.stdout, "started") {
		t.Errorf("stdout is\n%s", r.stdout)
	}
	for _, line := range strings.Split(strings.TrimRight(r.stderr, "\n"), "\n") {
		if !strings.Contains(line, ": started") && !strings.Contains(line, ": done in") {
			t.Errorf("stderr has %q", line)
		}
	}
	if strings.ContainsAny(r.stderr+r.stdout, "\r\x1b") {
		t.Errorf("control characters where there is no terminal: %q", r.stderr)
	}
	quiet := curate(t, dir, "run", "-config", "config.yaml")
	if quiet.code != 0 || strings.Count(quiet.stderr, "already done") != strings.Count(quiet.stderr, "\n")/2 {
		t.Errorf("a rerun says\n%s", quiet.stderr)
	}
	verbose := curate(t, dir, "run", "-config", "config.yaml", "-v", "-set", "sample.target_size=4")
	if verbose.code != 0 || !strings.Contains(verbose.stderr, "level=INFO") {
		t.Errorf("-v: exit code %d, no log of the engine in\n%s", verbose.code, verbose.stderr)
	}
	status := curate(t, dir, "status", "-config", "config.yaml")
	if status.code != 0 || strings.Count(status.stdout, "finished") != 7 { // 5 stages, of which 2 of both targets
		t.Errorf("status: exit code %d\n%s", status.code, status.stdout)
	}
}

// TestDropsBadRows: they are counted and listed, and the rest is curated.
func TestDropsBadRows(t *testing.T) {
	dir := t.TempDir()
	badFiles(t, dir)
	r := curate(t, dir, "run", "-config", "config.yaml", "-set", "input.path=nan.npy", "-set", "input.on_bad_row=drop")
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	s := summaryOf(t, dir)
	if s.Input.Rows != 1000 || s.Input.Eligible != 999 || s.Input.Bad.Count != 1 {
		t.Errorf("%d rows, %d eligible, %d bad; want 1000, 999, 1", s.Input.Rows, s.Input.Eligible, s.Input.Bad.Count)
	}
	if len(s.Input.Bad.First) != 1 || s.Input.Bad.First[0].Row != 700 || s.Input.Bad.First[0].Reason != "NaN in column 2" {
		t.Errorf("listed: %+v", s.Input.Bad.First)
	}
	if !strings.Contains(r.stdout, "1 bad") {
		t.Errorf("the table does not say that a row was dropped:\n%s", r.stdout)
	}
}

// TestDiskFull: one line, and nothing under a final name.
func TestDiskFull(t *testing.T) {
	for folder, sizes := range map[string][]string{"work": {"16k", "64k"}, "out": {"4k", "16k"}} {
		for _, size := range sizes { // full in the first file, and later
			t.Run(folder+" of "+size, func(t *testing.T) {
				dir := start(t)
				full := filepath.Join(dir, folder)
				if err := os.Mkdir(full, 0o700); err != nil {
					t.Fatal(err)
				}
				if err := syscall.Mount("tmpfs", full, "tmpfs", 0, "size="+size); err != nil {
					t.Skipf("cannot mount a small tmpfs here: %v", err)
				}
				t.Cleanup(func() {
					if err := syscall.Unmount(full, 0); err != nil {
						t.Error(err)
					}
				})
				r := curate(t, dir, "run", "-config", "config.yaml", "-set", "distance=cosine", "-set", "sample.target_size=900", "-set", "levels.0.n_clusters=200")
				checkDiskFull(t, dir, r)
			})
		}
	}
}

func checkDiskFull(t *testing.T, dir string, r result) {
	t.Helper()
	if r.code != 1 || !strings.HasPrefix(r.last(), "curate: ") || !strings.HasSuffix(r.last(), "no space left on device") {
		t.Errorf("exit code %d and %q; want 1 and a line that says that the disk is full", r.code, r.last())
	}
	if strings.Contains(r.stderr, "goroutine") || strings.Contains(r.stderr, ".go:") || strings.Contains(r.stderr, "caused by") {
		t.Errorf("a trace:\n%s", r.stderr)
	}
	if found := leftovers(t, filepath.Join(dir, "out"), "summary.json"); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
}

// TestSecondDriver is refused, and told who works.
func TestSecondDriver(t *testing.T) {
	dir := start(t)
	first := command(t.Context(), dir, "run", "-config", "config.yaml", "-set", "levels.0.n_iters=1000000", "-set", "levels.0.n_clusters=990",
		"-set", "resources.fit_in_worker_bytes=0", "-set", "resources.shard_rows=10")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = first.Process.Kill()
		_ = first.Wait()
	}()
	lock := filepath.Join(dir, "work", "lock")
	for range 500 {
		if b, err := os.ReadFile(lock); err == nil && len(b) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	r := curate(t, dir, "run", "-config", "config.yaml")
	want := "curate: work: another run works in this folder (pid " + strconv.Itoa(first.Process.Pid) + " on "
	if r.code != 1 || !strings.HasPrefix(r.last(), want) {
		t.Errorf("exit code %d and %q; want 1 and %q…", r.code, r.last(), want)
	}
}
