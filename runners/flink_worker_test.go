package runners

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/util/hooks"
)

// program writes a program that prints its arguments, and makes it the worker.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho "+text+" \"$@\"\n"), 0o755); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	setOptions(t, map[string]string{"worker_binary": path, "environment_type": "process"})
	return path
}

func mustShare(t *testing.T, work string) *sharedFolder {
	t.Helper()
	s, err := share(work)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

func mustProgram(t *testing.T, s *sharedFolder) string {
	t.Helper()
	path, err := s.program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWorkerInFolder: the first job takes the program along, those after it a
// script that starts the copy in the work folder.
func TestWorkerInFolder(t *testing.T) {
	work := filepath.Join(t.TempDir(), "it's here", "work")
	binary := program(t, "one")
	s := mustShare(t, work)
	if got := mustProgram(t, s); got != binary {
		t.Errorf("before a job has ended well: got %s want %s", got, binary)
	}
	s.sees = true
	script := mustProgram(t, s)
	if size(t, script) > 2000 {
		t.Errorf("the script has %d bytes", size(t, script))
	}
	// Beam's boot copies it, starts the copy and leaves it.
	dir, err := os.MkdirTemp("/tmp", "bin") //nolint:usetesting // where boot puts it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	b, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	staged := filepath.Join(dir, "worker")
	if err := os.WriteFile(staged, b, 0o755); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	if out, err := exec.Command(staged, "--id=1 2", "$x").CombinedOutput(); err != nil || string(out) != "one --id=1 2 $x\n" {
		t.Errorf("the script: %q, %v", out, err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s was left", dir)
	}

	// Another version takes the place of the first; a killed driver's remains go.
	program(t, "two")
	if err := os.WriteFile(filepath.Join(work, "worker", ".7"+temporarySuffix), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustShare(t, work)
	s.sees = true
	if out, err := exec.Command(mustProgram(t, s)).Output(); err != nil || string(out) != "two\n" {
		t.Errorf("the second version: %q, %v", out, err)
	}
	entries, err := os.ReadDir(filepath.Join(work, "worker"))
	if err != nil || len(entries) != 3 { // program, script, token
		t.Errorf("%v, %v", entries, err)
	}
}

// TestWorkerFolderIsNoPattern: the work folder's name may look like a pattern,
// which matches another folder or is no pattern at all.
func TestWorkerFolderIsNoPattern(t *testing.T) {
	parent := t.TempDir()
	program(t, "one")
	other := mustShare(t, filepath.Join(parent, "run1"))
	other.sees = true
	kept := mustProgram(t, other)
	writing := filepath.Join(parent, "run1", "worker", ".7"+temporarySuffix)
	if err := os.WriteFile(writing, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	program(t, "two")
	for _, name := range []string{"run[1]", "run[x", "run?", "*"} {
		s := mustShare(t, filepath.Join(parent, name))
		s.sees = true
		if out, err := exec.Command(mustProgram(t, s)).Output(); err != nil || string(out) != "two\n" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if out, err := exec.Command(kept).Output(); err != nil || string(out) != "one\n" {
		t.Errorf("the other run's program: %q, %v", out, err)
	}
	if _, err := os.Stat(writing); err != nil {
		t.Errorf("what another run was writing: %v", err)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestWorkerNotInFolder: there is no such folder on gs://, and containers may
// have no shell.
func TestWorkerNotInFolder(t *testing.T) {
	binary := program(t, "one")
	s := mustShare(t, "gs://bucket/work")
	s.sees = true
	if got := mustProgram(t, s); got != binary {
		t.Errorf("gs://: got %s want %s", got, binary)
	}
	setOption("environment_type", "DOCKER")
	s = mustShare(t, t.TempDir())
	s.sees = true
	if got := mustProgram(t, s); got != binary {
		t.Errorf("DOCKER: got %s want %s", got, binary)
	}
}

// TestUnseen: what a worker says that does not see the driver's work folder.
func TestUnseen(t *testing.T) {
	work := t.TempDir()
	mustShare(t, work)
	on, args := hooks.IsEnabled(tokenHook)
	if !on {
		t.Fatal("the hook is not on")
	}
	if got := unseen(args); got != "" {
		t.Errorf("where it is seen: %q", got)
	}
	if mustShare(t, work); !strings.Contains(strings.Join(second(hooks.IsEnabled(tokenHook)), " "), args[1]) {
		t.Error("another run has another token: a job that goes on from the first would fail")
	}
	host, _ := os.Hostname()
	for why, spoil := range map[string]func() error{
		"there is another folder of that name": func() error { return os.WriteFile(args[0], bytes.ToLower([]byte(args[1])), 0o600) },
		"no such file or directory":            func() error { return os.Remove(args[0]) },
	} {
		if err := os.WriteFile(args[0], []byte(args[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		want := "work.dir: the worker on " + host + " does not see the driver's " + work + " (" + why + "); mount the same storage there under the same name, or use gs://"
		if got := unseen(args); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func second(_ bool, args []string) []string { return args }
