package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asWorker in the environment makes the test binary a worker that does nothing.
const asWorker = "LEVELER_TEST_AS_WORKER"

func hangAround() {
	leaveWithParent()
	time.Sleep(time.Minute)
}

// TestOrphan: a worker does not outlive the process that started it.
func TestOrphan(t *testing.T) {
	boot := exec.Command("sh", "-c", `"$0" >/dev/null 2>&1 & echo $!; exec sleep 60`, os.Args[0])
	boot.Env = append(os.Environ(), asWorker+"=1")
	out, err := boot.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := boot.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 20)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	worker, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(worker, syscall.SIGKILL) }) // it has ended
	time.Sleep(1500 * time.Millisecond)                             // once around its loop
	if !runs(worker) {
		t.Fatal("the worker left before its parent")
	}
	if err := boot.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = boot.Wait()
	until(t, "the worker's end", func() bool { return !runs(worker) })
}

// runs tells whether a process is there and no zombie, which an orphan may stay
// where nobody waits for orphans.
func runs(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(state, "Z")
}
