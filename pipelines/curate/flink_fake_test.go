package main

import (
	"strings"
	"testing"

	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"

	"leveler/runners/flinktest"
)

// fakeFlink is a cluster that runs nothing.
func fakeFlink(t *testing.T) *flinktest.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and stages the worker binary")
	}
	s, err := flinktest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// startOn begins a run in dir on it.
func startOn(t *testing.T, s *flinktest.Server, dir string) *driver {
	t.Helper()
	c := cluster{endpoint: s.Endpoint, rest: s.REST, kind: "PROCESS", config: `{"command": "/opt/beam/boot"}`, binary: worker(t)}
	return c.start(t, dir, 1, flinkConfig()...)
}

// TestInterruptTwice: the first Ctrl-C waits for the job's end, which does not come;
// the second leaves at once. The next run finds the job, and a Ctrl-C there ends it.
func TestInterruptTwice(t *testing.T) {
	s, dir := fakeFlink(t), input(t)
	s.SetEnded("")
	d := startOn(t, s, dir)
	job := submission(t, d, s.Submitted(0))
	d.interrupt(t)
	d.until(t, "the job's cancellation", func() bool { return s.Jobs()[0].State == jobpb.JobState_CANCELLED })
	d.interrupt(t)
	const left = "curate: left at once; a job may go on, and the same command finds it and goes on from there"
	if r := d.wait(t); r.code != exitInterrupted || r.last() != left || !strings.Contains(r.stderr, "interrupt again to leave at once") {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}

	s.SetEnded("CANCELED")
	asked := s.Asked()
	d = startOn(t, s, dir)
	d.until(t, "the next run to ask for the job", func() bool { return s.Asked() > asked+2 })
	d.interrupt(t)
	r := d.wait(t)
	if r.code != exitInterrupted || r.last() != "curate: "+errInterrupted.Error() || !strings.Contains(r.stderr, "job "+job.ID+" of the last run is still running: waiting for it") {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}
	if jobs := s.Jobs(); len(jobs) != 1 || jobs[0].Flink != "CANCELED" {
		t.Errorf("%d jobs, the first is %s", len(jobs), jobs[0].Flink)
	}
}

// TestFlinkFailedJob: while Flink starts the job again the user is told why, once, and
// the last line is the innermost one of the engine's trace.
func TestFlinkFailedJob(t *testing.T) {
	s, dir := fakeFlink(t), input(t)
	d := startOn(t, s, dir)
	job := submission(t, d, s.Submitted(0))
	s.Set(job.ID, func(j *flinktest.Job) {
		j.Again = "java.lang.RuntimeException: Error received from SDK harness for instruction 4: \nx.npy: no such file or directory\n\tat a.b.c(d.java:1)\n"
	})
	before := s.AskedWhy()
	d.until(t, "the question what is wrong, twice", func() bool { return s.AskedWhy() > before+1 })
	s.Set(job.ID, func(j *flinktest.Job) {
		j.State, j.Flink = jobpb.JobState_FAILED, "FAILED"
		j.Message = "java.lang.RuntimeException: Error received from SDK harness for instruction 4: process bundle failed\n" +
			"\tcaused by:\nfailed at read.readFn\n\tcaused by:\nx.npy: row 7: the file ends in the middle of it\n"
	})
	if r := d.wait(t); r.code != 1 || r.last() != "curate: x.npy: row 7: the file ends in the middle of it" ||
		strings.Count(r.stderr, "flink does a part of job "+job.ID+" again: x.npy: no such file or directory\n") != 1 {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}
}
