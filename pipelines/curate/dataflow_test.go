package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	df "google.golang.org/api/dataflow/v1b3"

	"leveler/internal/fakegcs"
	"leveler/runners/dataflowtest"
)

// dataflowLevels are fitted by unrolled passes, several to a job.
var dataflowLevels = []string{
	"sample.target_size=300", "resources.shard_rows=700", "resources.fit_in_worker_bytes=0",
	"levels=[{n_clusters: 60, n_iters: 6}, {n_clusters: 10, n_iters: 5}]",
}

// onDataflow runs commands against a loopback service and bucket.
type onDataflow struct {
	*dataflowtest.Server

	bucket *fakegcs.Server
	binary string
}

func newDataflow(t *testing.T, o dataflowtest.Options) onDataflow {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and stages the worker binary")
	}
	d := onDataflow{bucket: fakegcs.New(t, "bkt"), binary: worker(t), Server: dataflowtest.New(o)}
	t.Cleanup(d.Close)
	credentials, err := d.Credentials(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", credentials)
	for i := range 2 {
		d.bucket.Put(fmt.Sprintf("gs://bkt/in/x-%d.npy", i), matrix(t, rows(2000+i), 4))
	}
	return d
}

// start begins a run.
func (d onDataflow) start(t *testing.T) *driver {
	t.Helper()
	args := append([]string{"run"}, sets(inBucket(dataflowLevels...)...)...)
	args = append(args, "-runner=dataflow", "-project=p", "-region=us-central1", "-staging_location=gs://bkt/staging", "-dataflow_endpoint="+d.URL)
	return launch(t, t.TempDir(), d.binary, args...)
}

// asked counts the requests for a job's state.
func (d onDataflow) asked(id string) (n int) {
	for _, r := range d.Requests() {
		if strings.HasPrefix(r, "GET ") && strings.Contains(r, "/jobs/"+id+"?") {
			n++
		}
	}
	return n
}

// TestDataflowLikeDirect: a whole run, whose jobs the service executes from what
// was staged, comes to the direct runner's bytes; also when the driver is killed
// while a job runs: the next one finds the job and goes on from it.
func TestDataflowLikeDirect(t *testing.T) {
	submitted, release := make(chan string, 100), make(chan struct{})
	workers := new(dataflowtest.Workers)
	d := newDataflow(t, dataflowtest.Options{Run: func(ctx context.Context, job *df.Job) dataflowtest.Result {
		submitted <- job.Name
		select {
		case <-release:
			return workers.Run(ctx, job)
		case <-ctx.Done():
			return dataflowtest.Result{State: "JOB_STATE_CANCELLED"}
		}
	}})
	local := t.TempDir()
	for i := range 2 {
		writeFile(t, filepath.Join(local, fmt.Sprintf("x-%d.npy", i)), matrix(t, rows(2000+i), 4))
	}
	if r := curate(t, local, append([]string{"run"}, sets(append(dataflowLevels, "input.path=x-*.npy")...)...)...); r.code != 0 {
		t.Fatalf("on direct: exit code %d: %s", r.code, r.stderr)
	}

	first := d.start(t)
	name := submission(t, first, submitted)
	first.kill()
	asked := d.asked(d.Jobs()[0].Id)
	second := d.start(t)
	second.until(t, "its finding the job", func() bool { return d.asked(d.Jobs()[0].Id) > asked })
	close(release)
	r := second.wait(t)
	if r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if want := "job projects/p/locations/us-central1/jobs/" + d.Jobs()[0].Id + " of the last run is still running: waiting for it"; !strings.Contains(r.stderr, want) {
		t.Errorf("the second run does not say %q: %s", want, r.stderr)
	}
	if got, want := bucketSummary(t, d.bucket).Digests, summaryOf(t, local).Digests; !equalDigests(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	samePublicFiles(t, d.bucket, local)
	times := map[string]int{}
	for _, j := range d.Jobs() {
		times[j.Name]++
		if j.CurrentState != "JOB_STATE_DONE" {
			t.Errorf("job %s is %s", j.Name, j.CurrentState)
		}
	}
	// The stage whose driver was killed goes over what its job has left, at the cost
	// of one job; two jobs of a name are never active at once, for the service refuses.
	for other, n := range times {
		if n > 2 || n == 2 && other != name {
			t.Errorf("job %s was submitted %d times", other, n)
		}
	}
}

// TestDataflowInterrupt: Ctrl-C ends the job on the service before the driver.
func TestDataflowInterrupt(t *testing.T) {
	submitted := make(chan bool, 1)
	d := newDataflow(t, dataflowtest.Options{Run: func(ctx context.Context, _ *df.Job) dataflowtest.Result {
		submitted <- true
		<-ctx.Done()
		return dataflowtest.Result{State: "JOB_STATE_CANCELLED"}
	}})
	c := d.start(t)
	submission(t, c, submitted)
	c.interrupt(t)
	r := c.wait(t)
	if r.code != exitInterrupted || !strings.Contains(r.stderr, errInterrupted.Error()) {
		t.Errorf("exit code %d: %s", r.code, r.stderr)
	}
	if j := d.Jobs(); len(j) != 1 || j[0].RequestedState != "JOB_STATE_CANCELLED" || j[0].CurrentState != "JOB_STATE_CANCELLED" {
		t.Errorf("the service has %d jobs; the first was asked for %s and is %s", len(j), j[0].RequestedState, j[0].CurrentState)
	}
}

// TestDataflowFailure: what the service says of a failed job is one line to the
// user, the worker's.
func TestDataflowFailure(t *testing.T) {
	d := newDataflow(t, dataflowtest.Options{Run: func(context.Context, *df.Job) dataflowtest.Result {
		return dataflowtest.Result{State: "JOB_STATE_FAILED", Messages: []*df.JobMessage{
			{MessageImportance: "JOB_MESSAGE_ERROR", MessageText: "Error message from worker: generic::unknown: process bundle failed for instruction 1\n\tcaused by:\nDoFn[UID:2] failed:\nshard 3 (gs://bkt/in/x-1.npy): unexpected EOF\npassed through:\n==>\n    dist_proc/dax/workflow/worker/fnapi_service_impl.cc:1369"},
			{MessageImportance: "JOB_MESSAGE_ERROR", MessageText: "Workflow failed. Causes: S01 failed."},
		}}
	}})
	r := d.start(t).wait(t)
	if want := "curate: shard 3 (gs://bkt/in/x-1.npy): unexpected EOF"; r.code != 1 || r.last() != want {
		t.Errorf("exit code %d, %q; want %q", r.code, r.last(), want)
	}
}
