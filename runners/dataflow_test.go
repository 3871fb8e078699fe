package runners

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/google/go-cmp/cmp"
	df "google.golang.org/api/dataflow/v1b3"

	"leveler/internal/fakegcs"
	"leveler/runners/dataflowtest"
)

func init() {
	register.DoFn2x1[context.Context, string, error]((*writeFn)(nil))
}

// writeFn writes its elements into files.
type writeFn struct{ Dir string }

var written = beam.NewCounter("runners", "written")

// ProcessElement writes one, or fails.
func (f *writeFn) ProcessElement(ctx context.Context, name string) error {
	written.Inc(ctx, 1)
	return os.WriteFile(filepath.Join(f.Dir, name), []byte(name), 0o600)
}

// writes is a pipeline of two elements.
func writes(dir string) *beam.Pipeline {
	p, s := beam.NewPipelineWithRoot()
	beam.ParDo0(s, &writeFn{dir}, beam.Create(s, "a", "b"))
	return p
}

// setOptions sets Beam's flags, which are the process's, for the length of a
// test.
func setOptions(t *testing.T, options map[string]string) {
	t.Helper()
	name, async := *jobopts.JobName, *jobopts.Async
	t.Cleanup(func() { *jobopts.JobName, *jobopts.Async = name, async })
	for k, v := range options {
		f := flag.Lookup(k)
		if f == nil {
			t.Fatalf("Beam has no flag %s", k)
		}
		before := f.Value.String()
		setOption(k, v)
		t.Cleanup(func() { setOption(k, before) })
	}
}

// loopback is a Dataflow service with its bucket, and the options that lead
// there.
func loopback(t *testing.T, o dataflowtest.Options) (*dataflowtest.Server, *fakegcs.Server) {
	t.Helper()
	gcs := fakegcs.New(t, "bucket")
	s := dataflowtest.New(o)
	t.Cleanup(s.Close)
	dir := t.TempDir()
	credentials, err := s.Credentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", credentials)
	worker := filepath.Join(dir, "worker")
	if err := os.WriteFile(worker, []byte("stands for a worker binary"), 0o600); err != nil {
		t.Fatal(err)
	}
	setOptions(t, map[string]string{
		"project": "p", "region": "us-central1", "staging_location": "gs://bucket/staging",
		"worker_binary": worker, "dataflow_endpoint": strings.TrimSuffix(s.URL, "/"),
	})
	return s, gcs
}

func submit(t *testing.T, d *dataflow, name string) string {
	t.Helper()
	id, err := d.Submit(t.Context(), writes(t.TempDir()), name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// ended follows a job to its end.
func ended(t *testing.T, d *dataflow, id string) State {
	t.Helper()
	for t.Context().Err() == nil {
		st, err := d.State(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if st.Status != Running {
			return st
		}
	}
	t.Fatal("the job did not end")
	return State{}
}

// TestDataflowExecutes runs a staged job: the fake downloads the binary, which
// is this one, and the graph, and executes it in a process of its own.
func TestDataflowExecutes(t *testing.T) {
	workers := new(dataflowtest.Workers)
	s, _ := loopback(t, dataflowtest.Options{Run: workers.Run})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	setOptions(t, map[string]string{"worker_binary": self})
	d, dir := new(dataflow), t.TempDir()
	id, err := d.Submit(t.Context(), writes(dir), "leveler-write")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(State{Status: Done, Engine: "JOB_STATE_DONE", Metrics: map[string]float64{"runners/written": 2}}, ended(t, d, id)); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	for _, name := range []string{"a", "b"} {
		if b, err := os.ReadFile(filepath.Join(dir, name)); string(b) != name {
			t.Errorf("the worker left %q, %v", b, err)
		}
	}
	if want := "projects/p/locations/us-central1/jobs/" + s.Jobs()[0].Id; id != want {
		t.Errorf("got the id %s want %s", id, want)
	}

	id, err = d.Submit(t.Context(), writes(filepath.Join(dir, "missing")), "leveler-fail")
	if err != nil {
		t.Fatal(err)
	}
	st := ended(t, d, id)
	lines := strings.Split(st.Trace, "\n")
	if last := lines[len(lines)-1]; st.Status != Failed || !strings.Contains(st.Trace, "no such file or directory") || strings.Contains(last, "dist_proc") {
		t.Errorf("got %+v", st)
	}
}

func TestDataflowOutcomes(t *testing.T) {
	result := make(chan dataflowtest.Result, 1)
	_, _ = loopback(t, dataflowtest.Options{Run: func(context.Context, *df.Job) dataflowtest.Result { return <-result }})
	errors := func(texts ...string) (out []*df.JobMessage) {
		for _, s := range texts {
			out = append(out, &df.JobMessage{MessageImportance: "JOB_MESSAGE_ERROR", MessageText: s})
		}
		return append(out, &df.JobMessage{MessageImportance: "JOB_MESSAGE_BASIC", MessageText: "Worker pool stopped."})
	}
	for _, c := range []struct {
		end  dataflowtest.Result
		want State
	}{
		{dataflowtest.Result{State: "JOB_STATE_DONE"}, State{Status: Done}},
		{dataflowtest.Result{State: "JOB_STATE_CANCELLED"}, State{Status: Cancelled}},
		{dataflowtest.Result{State: "JOB_STATE_DRAINED"}, State{Status: Cancelled}},
		{dataflowtest.Result{State: "JOB_STATE_UPDATED"}, State{Status: Cancelled}},
		{
			dataflowtest.Result{State: "JOB_STATE_FAILED", Messages: errors(
				"Error message from worker: generic::unknown: process bundle failed\n\tcaused by:\ngs://b/x.npy: row 7: NaN\npassed through:\n==>\n    dist_proc/dax/workflow/worker/fnapi_service_impl.cc:1369",
				"Workflow failed. Causes: S01 failed.",
				"Error message from worker: generic::unknown: process bundle failed\n\tcaused by:\ngs://b/x.npy: row 7: NaN",
			)},
			State{Status: Failed, Trace: "Workflow failed. Causes: S01 failed.\n" +
				"Error message from worker: generic::unknown: process bundle failed\n\tcaused by:\ngs://b/x.npy: row 7: NaN\n" +
				"Error message from worker: generic::unknown: process bundle failed\n\tcaused by:\ngs://b/x.npy: row 7: NaN"},
		},
		{dataflowtest.Result{State: "JOB_STATE_FAILED", Messages: errors("Workflow failed. Causes: The network default is missing.")}, State{
			Status: Failed, Trace: "Workflow failed. Causes: The network default is missing.",
		}},
	} {
		d := new(dataflow)
		id := submit(t, d, "leveler-x")
		if st, err := d.State(t.Context(), id); err != nil || st.Status != Running {
			t.Errorf("before %s: got %v, %v", c.end.State, st, err)
		}
		result <- c.end
		c.want.Engine = c.end.State
		if diff := cmp.Diff(c.want, ended(t, d, id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.end.State, diff)
		}
		if got, err := d.Trouble(t.Context(), id); got != c.want.Trace || err != nil {
			t.Errorf("%s: trouble %q, %v; want %q", c.end.State, got, err, c.want.Trace)
		}
	}
	d := new(dataflow)
	id := submit(t, d, "leveler-silent")
	if got, err := d.Trouble(t.Context(), id); got != "" || err != nil {
		t.Errorf("trouble %q, %v while all is well", got, err)
	}
	result <- dataflowtest.Result{State: "JOB_STATE_FAILED"}
	_, job := parseJob(id)
	if got, want := ended(t, d, id).Trace, "job "+job+" failed and the service does not say why; see its logs: gcloud dataflow logs list "+job+" --project=p --region=us-central1"; got != want {
		t.Errorf("got %q want %q", got, want)
	}
	st, err := d.State(t.Context(), place{"p", "us-central1"}.job("nowhere"))
	if err != nil || st.Status != Unknown {
		t.Errorf("an unknown job: got %v, %v", st, err)
	}
}

func TestDataflowCancelAndFind(t *testing.T) {
	s, _ := loopback(t, dataflowtest.Options{}) // jobs run until they are cancelled
	d := new(dataflow)
	var ids []string
	for _, name := range []string{"leveler-a", "leveler-b", "leveler-ab", "leveler-c"} {
		ids = append(ids, submit(t, d, name))
	}
	find := func(name, want string) {
		t.Helper()
		if got, err := new(dataflow).Find(t.Context(), name); got != want || err != nil {
			t.Errorf("%s: found %q, %v; want %q", name, got, err, want)
		}
	}
	find("leveler-a", ids[0]) // on the second page
	find("leveler", "")
	if again := submit(t, d, "leveler-b"); again != ids[1] {
		t.Errorf("a second job of a name: got %s, want the first, %s", again, ids[1])
	}
	if n := len(s.Jobs()); n != 4 {
		t.Errorf("the service has %d jobs want 4", n)
	}
	for range 2 { // the second time it has ended already
		if err := d.Cancel(t.Context(), ids[0]); err != nil {
			t.Error(err)
		}
		if st := ended(t, d, ids[0]); st.Status != Cancelled {
			t.Errorf("got %v", st)
		}
	}
	if got := s.Jobs()[0]; got.RequestedState != "JOB_STATE_CANCELLED" || got.CurrentState != "JOB_STATE_CANCELLED" {
		t.Errorf("on the service: asked for %s, is %s", got.RequestedState, got.CurrentState)
	}
	find("leveler-a", "")
	if err := d.Cancel(t.Context(), place{"p", "us-central1"}.job("nowhere")); err != nil {
		t.Errorf("cancelling a job that is not there: %v", err)
	}
}

// TestDataflowLostAnswer cuts the connection after the service has created the
// job: the driver must not lose it, nor make a second one.
func TestDataflowLostAnswer(t *testing.T) {
	s, _ := loopback(t, dataflowtest.Options{Wrap: func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/jobs") {
				service.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			service.ServeHTTP(w, r)
		})
	}})
	id := submit(t, new(dataflow), "leveler-x")
	if jobs := s.Jobs(); len(jobs) != 1 || id != (place{"p", "us-central1"}).job(jobs[0].Id) {
		t.Errorf("got %s; the service has %d jobs", id, len(jobs))
	}
}

func TestDataflowServiceErrors(t *testing.T) {
	code, message := 0, ""
	_, _ = loopback(t, dataflowtest.Options{Wrap: func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				service.ServeHTTP(w, r)
				return
			}
			http.Error(w, message, code)
		})
	}})
	for _, c := range []struct {
		code int
		body string
		want string
	}{
		{403, `{"error": {"code": 403, "message": "(4f2a): Current user cannot act as service account worker@p.iam.gserviceaccount.com.\nCauses: …"}}`, "dataflow: submitting job leveler-x: (4f2a): Current user cannot act as service account worker@p.iam.gserviceaccount.com. Causes: … (HTTP 403); see docs/dataflow.md for the APIs to enable and the roles to grant"},
		{400, `{"error": {"code": 400, "message": "The zone is gone."}}`, "dataflow: submitting job leveler-x: The zone is gone. (HTTP 400)"},
		{429, `{"error": {"code": 429, "message": "Quota exceeded."}}`, "dataflow: submitting job leveler-x: Quota exceeded. (HTTP 429); a quota is used up: wait, or ask for a larger one"},
	} {
		code, message = c.code, c.body
		_, err := new(dataflow).Submit(t.Context(), writes(t.TempDir()), "leveler-x")
		if err == nil || err.Error() != c.want {
			t.Errorf("HTTP %d: got %v\nwant %s", c.code, err, c.want)
		}
	}
}
