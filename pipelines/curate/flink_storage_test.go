package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"leveler/internal/fakegcs"
	"leveler/internal/ledger"
)

// TestFlinkBucket: input, work and output in a bucket, with faults, give the same
// bytes as on disk; so does parallelism 4.
func TestFlinkBucket(t *testing.T) {
	c := onFlink(t)
	want := undisturbed(t)
	s := fakegcs.New(t, "bkt")
	s.Put("gs://bkt/in/x.npy", matrix(t, rows(12_000), 4))
	storm(s)
	c.config = withEnvironment(t, c.config, fakegcs.EmulatorVar, s.Addr())
	places := []string{"input.path=gs://bkt/in/x.npy", "work.dir=gs://bkt/work", "output.dir=gs://bkt/out"}
	if r := c.start(t, t.TempDir(), 4, flinkConfig(append(streamed, places...)...)...).wait(t); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if got := bucketSummary(t, s).Digests; !equalDigests(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	nothingElse(t, s, t.TempDir())
	c.idle(t)
	t.Logf("%d requests, %d met a fault", s.Count(), s.Struck())
	if s.Struck() < 10 {
		t.Errorf("only %d faults struck", s.Struck())
	}
}

// withEnvironment adds a variable for workers to the configuration of PROCESS.
func withEnvironment(t *testing.T, config, name, value string) string {
	t.Helper()
	var process map[string]any
	if err := json.Unmarshal([]byte(config), &process); err != nil {
		t.Fatal(err)
	}
	process["env"] = map[string]string{name: value}
	b, err := json.Marshal(process)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestFlinkUnseenFolder: workers have another folder where the driver has its work.
func TestFlinkUnseenFolder(t *testing.T) {
	c := onFlink(t)
	dir := input(t)
	c.config = hiding(t, c.config, filepath.Join(dir, "work"))
	r := c.start(t, dir, 2, flinkConfig(streamed...)...).wait(t)
	host, _ := os.Hostname()
	want := "curate: work.dir: the worker on " + host + " does not see the driver's " + filepath.Join(dir, "work") +
		" (no such file or directory); mount the same storage there under the same name, or use gs://"
	if r.code != 1 || r.last() != want {
		t.Errorf("exit code %d\ngot  %s\nwant %s", r.code, r.last(), want)
	}
	if !strings.Contains(r.stderr, " again: "+strings.TrimPrefix(want, "curate: ")) {
		t.Errorf("the reason is not told while Flink tries again: %s", r.stderr)
	}
	c.idle(t)
}

// hiding is a configuration of PROCESS whose workers see an empty folder there.
func hiding(t *testing.T, config, folder string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("not root: a worker's folder can't be hidden")
	}
	var process struct{ Command string }
	if err := json.Unmarshal([]byte(config), &process); err != nil {
		t.Fatal(err)
	}
	boot := filepath.Join(t.TempDir(), "boot")
	text := fmt.Sprintf("#!/bin/sh\nexec unshare -m sh -c 'mount -t tmpfs none \"$0\" && exec \"$@\"' '%s' '%s' \"$@\"\n", folder, process.Command)
	if err := os.WriteFile(boot, []byte(text), 0o755); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"command": %q}`, boot)
}

// TestFlinkFullDisk: the work folder's disk is full in the middle of a level; the
// user sees one line, and with space again the same command goes on.
func TestFlinkFullDisk(t *testing.T) {
	c := onFlink(t)
	if os.Getuid() != 0 {
		t.Skip("not root: no small disk can be mounted")
	}
	want, dir := undisturbed(t), input(t)
	work := filepath.Join(dir, "work")
	if err := os.Mkdir(work, 0o755); err != nil { //nolint:gosec // as curate makes it
		t.Fatal(err)
	}
	if err := syscall.Mount("leveler-test", work, "tmpfs", 0, "size=256m"); err != nil {
		t.Skipf("no small disk can be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(work, syscall.MNT_DETACH) })
	set := flinkConfig(streamed...)
	d := c.start(t, dir, 2, set...)
	d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	filler := filepath.Join(work, "filler")
	fill(t, filler)
	r := d.wait(t)
	if last := r.last(); r.code != 1 || !strings.HasPrefix(last, "curate: ") || !strings.Contains(last, work) && !strings.Contains(last, "work/") || !strings.Contains(last, "no space left on device") {
		t.Errorf("exit code %d, last line %q", r.code, r.last())
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	c.start(t, dir, 2, set...).succeed(t, dir, want)
	c.idle(t)
}

// fill takes all the space of a disk.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1 << 20, 1 << 12, 1} { // to the last page
		for b := make([]byte, n); err == nil; {
			_, err = f.Write(b)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestFlinkTruncatedCheckpoint: a crash of the machine tore the newest checkpoint and
// what it refers to; the run goes on from what is whole.
func TestFlinkTruncatedCheckpoint(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	set := flinkConfig(streamed...)
	d := c.start(t, dir, 2, set...)
	var passes []string
	d.until(t, "a checkpoint", func() bool {
		var err error
		if passes, err = filepath.Glob(filepath.Join(dir, "work", "objects", "level-1-*", "pass-*")); err != nil {
			t.Fatal(err)
		}
		return len(passes) > 1
	})
	d.interrupt(t)
	if r := d.wait(t); r.code != exitInterrupted {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	all, err := filepath.Glob(filepath.Join(dir, "work", "objects", "level-1-*", "*"))
	if err != nil || len(all) < 2 {
		t.Fatalf("%v, %v", all, err)
	}
	passes, err = filepath.Glob(filepath.Join(dir, "work", "objects", "level-1-*", "pass-*"))
	if err != nil || len(passes) == 0 {
		t.Fatalf("%v, %v", passes, err)
	}
	newest := slices.Max(passes)
	others := slices.DeleteFunc(all, func(p string) bool { return slices.Contains(passes, p) })
	for _, path := range []string{newest, others[0]} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, info.Size()/2); err != nil {
			t.Fatal(err)
		}
	}
	c.start(t, dir, 2, set...).succeed(t, dir, want)
	c.idle(t)
}
