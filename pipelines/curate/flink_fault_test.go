package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"leveler/internal/ledger"
)

// TestFlinkInterrupt: SIGINT ends the job in Flink, and the same command goes on.
func TestFlinkInterrupt(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	set := flinkConfig(streamed...)
	d := c.start(t, dir, 2, set...)
	job := d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	d.until(t, "the job in Flink", func() bool { return slices.Contains(c.jobs(t)[job.Name], "RUNNING") })
	d.interrupt(t)
	if r := d.wait(t); r.code != exitInterrupted || r.last() != "curate: "+errInterrupted.Error() {
		t.Errorf("exit code %d, %q", r.code, r.stderr)
	}
	if got := c.jobs(t)[job.Name]; !slices.Equal(got, []string{"CANCELED"}) {
		t.Errorf("in Flink the job is %v", got)
	}
	c.start(t, dir, 2, set...).succeed(t, dir, want)
	c.idle(t)
}

// TestFlinkKillDriver kills the driver with SIGKILL at some moments, between the
// submission of a job and the record of its id among them: the next run finds the
// job, at most one is repeated, and the bytes are the same.
func TestFlinkKillDriver(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	set := flinkConfig(streamed...)
	random := rand.New(rand.NewPCG(3, 5))
	for _, moment := range []func(*ledger.Job) bool{
		func(j *ledger.Job) bool { return j.ID == "" },
		func(j *ledger.Job) bool { return j.Stage == "level-1" && j.ID == "" },
		func(j *ledger.Job) bool { return j.Stage == "level-1" && j.ID != "" && j.Ended == "" },
		func(j *ledger.Job) bool { return j.Stage == "level-2" },
	} {
		d := c.start(t, dir, 2, set...)
		d.job(t, "the moment to kill", moment)
		time.Sleep(time.Duration(random.Int64N(int64(2 * time.Second))))
		d.kill()
	}
	c.start(t, dir, 2, set...).succeed(t, dir, want)
	c.idle(t)
	for name, states := range c.jobs(t) {
		if strings.HasSuffix(name, jobSuffix(t, dir)) && len(states) > 2 {
			t.Errorf("job %s ran %d times: %v", name, len(states), states)
		}
	}
}

// jobSuffix is what the names of the last stage's jobs in the folder end with.
func jobSuffix(t *testing.T, dir string) string {
	t.Helper()
	j, err := ledger.LastJob(filepath.Join(dir, "work"))
	if err != nil || j == nil {
		t.Fatalf("%+v, %v", j, err)
	}
	return j.Name[strings.LastIndexByte(j.Name, '-'):]
}

// TestFlinkLateRecord: the driver died after the submission and before it kept
// the job's id: the next run finds the job by its name and submits no other.
func TestFlinkLateRecord(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	set := flinkConfig(streamed...)
	d := c.start(t, dir, 2, set...)
	job := d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	d.kill()
	job.ID = ""
	l, err := ledger.Open(t.Context(), filepath.Join(dir, "work"), func(string, time.Duration, time.Duration) { t.Error("the folder is still taken") })
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.SaveJob(job), l.Close()); err != nil {
		t.Fatal(err)
	}
	d = c.start(t, dir, 2, set...)
	d.succeed(t, dir, want)
	if !strings.Contains(d.stderr.String(), "of the last run is still running: waiting for it") {
		t.Errorf("the job was not found: %s", d.stderr.String())
	}
	if got := c.jobs(t)[job.Name]; !slices.Equal(got, []string{"FINISHED"}) {
		t.Errorf("the job ran as %v", got)
	}
	c.idle(t)
}

// TestFlinkKillWorker kills Go workers in the middle of a job.
func TestFlinkKillWorker(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	d := c.start(t, dir, 2, flinkConfig(streamed...)...)
	d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	var workers []int
	d.until(t, "a worker", func() bool { workers = c.workers(t); return len(workers) > 0 })
	time.Sleep(500 * time.Millisecond)
	for _, pid := range workers {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	}
	d.succeed(t, dir, want)
	c.idle(t)
}

// workers are the processes that run our DoFns: children of the boots whose pids
// the cluster's worker script keeps.
func (c cluster) workers(t *testing.T) (pids []int) {
	t.Helper()
	boots, err := filepath.Glob(filepath.Join(c.run, "workers", "*", "boot.pid"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range boots {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		out, _ := exec.Command("pgrep", "-P", strings.TrimSpace(string(b))).Output() // 1: no child
		for _, f := range strings.Fields(string(out)) {
			if pid, err := strconv.Atoi(f); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// TestFlinkFailOnce: the points cannot be read for some seconds; the engine tries
// again.
func TestFlinkFailOnce(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	d := c.start(t, dir, 2, flinkConfig(streamed...)...)
	d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	away(t, dir)
	time.Sleep(4 * time.Second)
	back(t, dir)
	d.succeed(t, dir, want)
	c.idle(t)
}

// TestFlinkFail: the points cannot be read at all; the user sees one line that
// names the file, and once it is there again the same command goes on.
func TestFlinkFail(t *testing.T) {
	c := onFlink(t)
	want, dir := undisturbed(t), input(t)
	set := flinkConfig(streamed...)
	d := c.start(t, dir, 2, set...)
	d.job(t, "a job of level 1", func(j *ledger.Job) bool { return j.ID != "" && j.Stage == "level-1" })
	away(t, dir)
	r := d.wait(t)
	if last := r.last(); r.code != 1 || !strings.HasPrefix(last, "curate: ") || !strings.HasSuffix(last, ": no such file or directory") {
		t.Errorf("exit code %d, last line %q", r.code, r.last())
	}
	back(t, dir)
	c.start(t, dir, 2, set...).succeed(t, dir, want)
	c.idle(t)
}

// away takes the committed points of level 1 from under the workers, and back
// brings them back.
func away(t *testing.T, dir string) { move(t, dir, "embed-", "away-") }

func back(t *testing.T, dir string) { move(t, dir, "away-", "embed-") }

func move(t *testing.T, dir, from, to string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "work", "objects", from+"*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v", paths, err)
	}
	if err := os.Rename(paths[0], strings.Replace(paths[0], from, to, 1)); err != nil {
		t.Fatal(err)
	}
}
