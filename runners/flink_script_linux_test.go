package runners

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWorkerScriptParent: the program learns which process started the script.
func TestWorkerScriptParent(t *testing.T) {
	program(t, "$"+WorkerParent)
	s := mustShare(t, t.TempDir())
	s.sees = true
	t.Setenv(WorkerParent, "1") // of another worker
	out, err := exec.Command(mustProgram(t, s)).CombinedOutput()
	if want := strconv.Itoa(os.Getpid()) + "\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

// TestWorkerScriptUnseen: where the program is not to be seen the script says so,
// and a folder that has lost it gets it again.
func TestWorkerScriptUnseen(t *testing.T) {
	work := filepath.Join(t.TempDir(), "it's $HOME `x`")
	program(t, "one")
	s := mustShare(t, work)
	s.sees = true
	script := mustProgram(t, s)
	copied := strings.TrimSuffix(script, scriptSuffix)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	want := "work.dir: the worker on " + host + " does not see the driver's " + copied + ", or may not run it; mount the same storage there under the same name, or use gs://\n"
	for what, spoil := range map[string]func() error{
		"not executable": func() error { return os.Chmod(copied, 0o600) },
		"not there":      func() error { return os.Remove(copied) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(script).CombinedOutput(); err == nil || string(out) != want {
			t.Errorf("%s: %v\ngot  %q\nwant %q", what, err, out, want)
		}
		s := mustShare(t, work)
		s.sees = true
		if out, err := exec.Command(mustProgram(t, s)).CombinedOutput(); err != nil || string(out) != "one\n" {
			t.Errorf("%s: put again: %q, %v", what, out, err)
		}
	}
}

// TestWorkerExplained: the engine throws away what the script says, so the driver
// says it of a job whose workers ended before they began.
func TestWorkerExplained(t *testing.T) {
	const died, other = "x\njava.lang.IllegalStateException: Process died with exit code 1", "x.npy: row 7: torn"
	program(t, "one")
	s := mustShare(t, t.TempDir())
	f := &flink{shared: s}
	mustProgram(t, s)
	if got := f.explained(died); got != died {
		t.Errorf("before the script is used: %q", got)
	}
	s.sees = true
	copied := strings.TrimSuffix(mustProgram(t, s), scriptSuffix)
	want := died + "\nwork.dir: a worker ended before it had begun: on some TaskManager it may not see the driver's " +
		copied + ", or may not run it; mount the same storage there under the same name, or use gs://"
	if got := f.explained(died); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := f.explained(other); got != other {
		t.Errorf("another fault: %q", got)
	}
}

// TestWorkerNoexec: where nothing can be started from the work folder, jobs take the
// program along.
func TestWorkerNoexec(t *testing.T) {
	work := t.TempDir()
	if err := unix.Mount("tmpfs", work, "tmpfs", unix.MS_NOEXEC, "size=1m"); err != nil {
		t.Skipf("a mount needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(work, 0); err != nil {
			t.Error(err)
		}
	})
	binary := program(t, "one")
	s := mustShare(t, work)
	s.sees = true
	for range 2 {
		if got := mustProgram(t, s); got != binary {
			t.Errorf("got %s want %s", got, binary)
		}
	}
}
