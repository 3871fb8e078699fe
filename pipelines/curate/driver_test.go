package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"leveler/internal/ledger"
)

// driver is a running command.
type driver struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer  // to be read when it has ended
	ended  chan struct{} // closed at its end
	err    error         // of Wait
}

// launch starts a command in dir.
func launch(t *testing.T, dir, binary string, args ...string) *driver {
	t.Helper()
	d := &driver{cmd: exec.Command(binary, args...), ended: make(chan struct{})}
	d.cmd.Dir, d.cmd.Stderr = dir, &d.stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.ended)
		d.err = d.cmd.Wait()
	}()
	t.Cleanup(d.kill)
	return d
}

// wait returns how it ended.
func (d *driver) wait(t *testing.T) result {
	t.Helper()
	<-d.ended
	var exit *exec.ExitError
	if d.err != nil && !errors.As(d.err, &exit) {
		t.Fatal(d.err)
	}
	return result{code: d.cmd.ProcessState.ExitCode(), stderr: d.stderr.String()}
}

func (d *driver) hasEnded() bool {
	select {
	case <-d.ended:
		return true
	default:
		return false
	}
}

// kill ends it with SIGKILL.
func (d *driver) kill() {
	_ = d.cmd.Process.Kill() // it may have ended
	<-d.ended
}

func (d *driver) interrupt(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
}

// until polls for a condition that must come while the command runs.
func (d *driver) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	for !ok() {
		select {
		case <-d.ended:
			if ok() { // it came before the end
				return
			}
			r := d.wait(t)
			t.Fatalf("the run ended before %s: exit code %d: %s", what, r.code, r.stderr)
		case <-late:
			_ = d.cmd.Process.Signal(syscall.SIGQUIT) // it says where it stands
			t.Fatalf("never came: %s; the run so far: %s", what, d.wait(t).stderr)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// job waits for a job of the run for which ok holds.
func (d *driver) job(t *testing.T, what string, ok func(*ledger.Job) bool) *ledger.Job {
	t.Helper()
	var job *ledger.Job
	d.until(t, what, func() bool {
		j, err := ledger.LastJob(filepath.Join(d.cmd.Dir, "work"))
		if err != nil || j == nil || !ok(j) {
			return false
		}
		job = j
		return true
	})
	return job
}

// submission waits for what the service tells of a run's first job.
func submission[T any](t *testing.T, d *driver, told <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-told:
	case <-d.ended:
		r := d.wait(t)
		t.Fatalf("no job was submitted: exit code %d: %s", r.code, r.stderr)
	}
	return v
}

// until polls for a condition that must come.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	late := time.After(patience)
	for !ok() {
		select {
		case <-late:
			t.Fatalf("never came: %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// patience is longer than any wait on a loaded machine.
const patience = 3 * time.Minute
