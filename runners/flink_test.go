package runners

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	"github.com/google/go-cmp/cmp"

	"leveler/runners/flinktest"
)

// onFlink is a cluster that runs nothing, a runner that knows it and the worker
// that it stages.
func onFlink(t *testing.T) (*flinktest.Server, *flink, string) {
	t.Helper()
	s, err := flinktest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	worker := filepath.Join(t.TempDir(), "worker")
	if err := os.WriteFile(worker, bytes.Repeat([]byte("worker"), 1<<20), 0o600); err != nil { // of several messages
		t.Fatal(err)
	}
	setOptions(t, map[string]string{
		"endpoint": s.Endpoint, "flink_master": "http://" + s.REST + "/", "flink_options": "max_bundle_size=7,object_reuse=true",
		"environment_type": "PROCESS", "environment_config": `{"command": "/opt/beam/boot", "env": {"A": "b"}}`,
		"worker_binary": worker, "parallelism": "3",
	})
	return s, &flink{work: t.TempDir()}, worker
}

func handIn(t *testing.T, f *flink, name string) string {
	t.Helper()
	p, s := beam.NewPipelineWithRoot()
	beam.ParDo0(s, &writeFn{t.TempDir()}, beam.Create(s, "a"))
	id, err := f.Submit(t.Context(), p, name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestFlinkSubmit: what reaches the job server.
func TestFlinkSubmit(t *testing.T) {
	s, f, worker := onFlink(t)
	id := handIn(t, f, "leveler-level-1-pass-0-abc")
	want, err := os.ReadFile(worker)
	if err != nil {
		t.Fatal(err)
	}
	job := s.Jobs()[0]
	if job.ID != id || job.Name != "leveler-level-1-pass-0-abc" || nameOf(id) != job.Name {
		t.Errorf("id %s, job %s %s", id, job.ID, job.Name)
	}
	if !bytes.Equal(job.Worker, want) {
		t.Errorf("the worker came as %d bytes, want %d", len(job.Worker), len(want))
	}
	for key, want := range map[string]any{
		"job_name": job.Name, "app_name": job.Name, "flink_master": s.REST, "parallelism": 3.0, "max_bundle_size": "7", "object_reuse": "true",
	} {
		if got := job.Options.GetFields()["beam:option:"+key+":v1"].AsInterface(); got != want {
			t.Errorf("option %s: got %v want %v", key, got, want)
		}
	}
	if hooks := job.Options.GetFields()["beam:option:go_options:v1"].String(); !strings.Contains(hooks, tokenHook) {
		t.Errorf("workers do not look for the work folder: %s", hooks)
	}
	for _, e := range job.Pipeline.GetComponents().GetEnvironments() {
		if payload := string(e.GetPayload()); e.GetUrn() != "beam:env:process:v1" || !strings.Contains(payload, "/opt/beam/boot") || !strings.Contains(payload, "\x01A") {
			t.Errorf("environment %s %q", e.GetUrn(), payload)
		}
	}

	// After a job that has ended well the next one takes the script along.
	s.Set(id, func(j *flinktest.Job) { j.State = jobpb.JobState_DONE })
	if st, err := f.State(t.Context(), id); err != nil || st.Status != Done {
		t.Fatalf("%+v, %v", st, err)
	}
	handIn(t, f, "leveler-level-1-pass-10-abc")
	if script := s.Jobs()[1].Worker; !bytes.HasPrefix(script, []byte("#!/bin/sh\n")) || !bytes.Contains(script, []byte(f.work)) {
		t.Errorf("the second job takes along %d bytes: %.200q", len(script), script)
	}
}

// TestFlinkState: of job server and Flink, Flink is believed.
func TestFlinkState(t *testing.T) {
	for _, c := range []struct {
		name   string
		server jobpb.JobState_Enum // UNSPECIFIED: it has forgotten the job
		flink  string
		want   State
	}{
		{"runs", jobpb.JobState_RUNNING, "RUNNING", State{Status: Running, Engine: "RUNNING"}},
		{"starts", jobpb.JobState_STARTING, "", State{Status: Running, Engine: "STARTING"}},
		{"done", jobpb.JobState_DONE, "FINISHED", State{Status: Done, Engine: "DONE"}},
		{"failed", jobpb.JobState_FAILED, "FAILED", State{Status: Failed, Engine: "FAILED", Trace: "row 3 is bad"}},
		{"called cancelled, goes on", jobpb.JobState_CANCELLED, "RESTARTING", State{Status: Running, Engine: "RESTARTING"}},
		{"is being cancelled", jobpb.JobState_CANCELLED, "CANCELLING", State{Status: Running, Engine: "CANCELLING"}},
		{"cancelled", jobpb.JobState_CANCELLED, "CANCELED", State{Status: Cancelled, Engine: "CANCELLED"}},
		{"cancelled before Flink had it", jobpb.JobState_CANCELLED, "", State{Status: Cancelled, Engine: "CANCELLED"}},
		{"forgotten, runs", jobpb.JobState_UNSPECIFIED, "RUNNING", State{Status: Running, Engine: "RUNNING"}},
		{"forgotten, done", jobpb.JobState_UNSPECIFIED, "FINISHED", State{Status: Done, Engine: "FINISHED"}},
		{"forgotten, failed", jobpb.JobState_UNSPECIFIED, "FAILED", State{Status: Failed, Engine: "FAILED", Trace: "the job failed; Flink shows why: http://REST/#/job/flink-1"}},
		{"forgotten by both", jobpb.JobState_UNSPECIFIED, "", State{Status: Unknown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, f, _ := onFlink(t)
			id := handIn(t, f, "leveler-a")
			s.Set(id, func(j *flinktest.Job) { j.State, j.Flink, j.Message = c.server, c.flink, "row 3 is bad" })
			if c.server == jobpb.JobState_UNSPECIFIED {
				s.Forget()
			}
			c.want.Trace = strings.Replace(c.want.Trace, "REST", s.REST, 1)
			got, err := f.State(t.Context(), id)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	s, f, _ := onFlink(t)
	id := handIn(t, f, "leveler-a")
	s.Forget()
	s.CloseREST()
	if got, err := f.State(t.Context(), id); err == nil || err.Error() != "runner.options.flink_master: Flink's REST API does not answer at "+s.REST {
		t.Errorf("where neither answers: %+v, %v", got, err)
	}
}

// TestFlinkCancel: it is Flink that must end the job.
func TestFlinkCancel(t *testing.T) {
	s, f, _ := onFlink(t)
	id := handIn(t, f, "leveler-a")
	other := handIn(t, f, "leveler-b")
	for _, again := range []string{"runs", "has ended"} {
		if err := f.Cancel(t.Context(), id); err != nil {
			t.Errorf("a job that %s: %v", again, err)
		}
		if st, err := f.State(t.Context(), id); err != nil || st.Status != Cancelled {
			t.Errorf("a job that %s: %+v, %v", again, st, err)
		}
	}
	if st, err := f.State(t.Context(), other); err != nil || st.Status != Running {
		t.Errorf("the other job: %+v, %v", st, err)
	}
	s.Forget()
	if err := f.Cancel(t.Context(), other); err != nil {
		t.Errorf("a job that the job server has forgotten: %v", err)
	}
	if got := s.Jobs()[1].Flink; got != "CANCELED" {
		t.Errorf("in Flink it is %s", got)
	}
	s.CloseREST()
	if err := f.Cancel(t.Context(), other); err == nil {
		t.Error("no error where Flink does not answer")
	}
}

// TestFlinkFind: by a job's name, only what has not ended.
func TestFlinkFind(t *testing.T) {
	s, f, _ := onFlink(t)
	find := func(name, want string) {
		t.Helper()
		if got, err := f.Find(t.Context(), name); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	find("leveler-a", "")
	first := handIn(t, f, "leveler-a")
	s.Set(first, func(j *flinktest.Job) { j.State, j.Flink = jobpb.JobState_FAILED, "FAILED" })
	find("leveler-a", "")
	second := handIn(t, f, "leveler-a")
	handIn(t, f, "leveler-b")
	find("leveler-a", second)
	s.Forget()
	find("leveler-a", "leveler-a_flink-2")
	if st, err := f.State(t.Context(), "leveler-a_flink-2"); err != nil || st.Status != Running {
		t.Errorf("the job found in Flink: %+v, %v", st, err)
	}
}

// TestFlinkTrouble: of a Java stack trace what is said remains, the cause last.
func TestFlinkTrouble(t *testing.T) {
	s, f, _ := onFlink(t)
	id := handIn(t, f, "leveler-a")
	if got, err := f.Trouble(t.Context(), id); err != nil || got != "" {
		t.Errorf("without trouble: %q, %v", got, err)
	}
	s.Set(id, func(j *flinktest.Job) {
		j.Again = "java.util.concurrent.ExecutionException: java.lang.RuntimeException: Error received from SDK harness for instruction 7: process bundle failed\n" +
			"\tcaused by:\nfailed at read.readFn\n\tcaused by:\nx.npy: row 7: the file ends in the middle of it\n" +
			"\tat java.util.concurrent.CompletableFuture.get(CompletableFuture.java:2073)\n\t... 12 more\n" +
			"Caused by: java.lang.RuntimeException: Error received from SDK harness for instruction 7: process bundle failed\n" +
			"\tcaused by:\nfailed at read.readFn\n\tcaused by:\nx.npy: row 7: the file ends in the middle of it\n" +
			"\tat org.apache.beam.runners.fnexecution.control.FnApiControlClient.onNext(FnApiControlClient.java:160)\n"
	})
	got, err := f.Trouble(t.Context(), id)
	if err != nil || !strings.HasSuffix(got, "\nx.npy: row 7: the file ends in the middle of it") || strings.Contains(got, ".java:") {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := f.Trouble(t.Context(), "leveler-other_1"); err != nil || got != "" {
		t.Errorf("of a job that Flink does not know: %q, %v", got, err)
	}
	s.CloseREST()
	if _, err := f.Trouble(t.Context(), id); err == nil {
		t.Error("no error though Flink does not answer")
	}
}
