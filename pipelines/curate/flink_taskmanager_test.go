package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"leveler/internal/ledger"
)

// TestFlinkKillTaskManager kills a TaskManager in the middle of a job, which goes on
// with the other.
func TestFlinkKillTaskManager(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	d := c.start(t, dir, 2, flinkConfig(streamed...)...)
	d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	time.Sleep(2 * time.Second)
	start := c.killTaskManager(t, "tm2")
	d.succeed(t, dir, want)
	c.idle(t)
	start()
}

// killTaskManager kills one with SIGKILL; what it returns starts it again.
func (c cluster) killTaskManager(t *testing.T, name string) (start func()) {
	t.Helper()
	file := filepath.Join(c.run, name+".pid")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	args, env := zeroed(t, pid, "cmdline"), zeroed(t, pid, "environ")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		log, err := os.OpenFile(filepath.Join(c.run, "log", name+".log"), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.run, env, log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the test
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strconv.Itoa(cmd.Process.Pid)), 0o600); err != nil { // where flink-down.sh looks
			t.Fatal(err)
		}
		go func() { _ = cmd.Wait() }()
	}
}

// zeroed reads a file of a process whose strings end with zeros.
func zeroed(t *testing.T, pid int, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}
