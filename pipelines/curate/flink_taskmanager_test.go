package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"leveler/internal/ledger"
)

// TestFlinkKillTaskManager kills a TaskManager in the middle of a job. It comes
// last (by its file's name): the cluster has one less afterwards.
func TestFlinkKillTaskManager(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	d := c.start(t, dir, 2, flinkConfig(streamed...)...)
	jobWith(t, dir, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	time.Sleep(2 * time.Second)
	b, err := os.ReadFile(filepath.Join(c.run, "tm2.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	d.succeed(t, dir, want)
	c.idle(t)
}
