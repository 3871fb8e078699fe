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

	"leveler/runners"
)

// asWorker in the environment makes the test binary a worker that does nothing,
// and names the file that it makes once it watches its parent.
const asWorker = "LEVELER_TEST_AS_WORKER"

func hangAround() {
	leaveWithParent()
	if err := os.WriteFile(os.Getenv(asWorker), nil, 0o600); err != nil {
		panic(err)
	}
	time.Sleep(time.Hour)
}

// startOrphan starts a boot, and through it a worker, of which it returns the id
// once the worker watches.
func startOrphan(t *testing.T, env ...string) (boot *exec.Cmd, worker int) {
	t.Helper()
	watches := filepath.Join(t.TempDir(), "watches")
	boot = exec.Command("sh", "-c", `"$0" >/dev/null 2>&1 & echo $!; exec sleep 3600`, os.Args[0])
	boot.Env = append(append(os.Environ(), asWorker+"="+watches), env...)
	out, err := boot.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := boot.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = boot.Process.Kill(); _ = boot.Wait() })
	line := make([]byte, 20)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	worker, err = strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(worker, syscall.SIGKILL) }) // it has ended, or the test has failed
	until(t, "the worker's watch", func() bool {
		_, err := os.Stat(watches)
		return err == nil || !runs(worker)
	})
	return boot, worker
}

// TestOrphan: a worker does not outlive the process that started it.
func TestOrphan(t *testing.T) {
	boot, worker := startOrphan(t)
	time.Sleep(1500 * time.Millisecond) // once around its loop
	if !runs(worker) {
		t.Fatal("the worker left before its parent")
	}
	if err := boot.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = boot.Wait()
	until(t, "the worker's end", func() bool { return !runs(worker) })
}

// TestOrphanFromStart: a worker leaves whose parent had gone before it looked.
func TestOrphanFromStart(t *testing.T) {
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	_, worker := startOrphan(t, runners.WorkerParent+"="+strconv.Itoa(gone.Process.Pid))
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
