package runners

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	df "google.golang.org/api/dataflow/v1b3"
	"google.golang.org/api/googleapi"

	beamdataflow "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/dataflow" // registers the runner and its flags
)

// dataflow runs jobs on Google Cloud Dataflow. Beam translates, stages and
// submits a job; following and cancelling it is done here, by the service's API.
type dataflow struct{ service }

var _ Runner = (*dataflow)(nil)

func init() {
	// These say nothing about a job; the configuration's name does.
	for _, name := range []string{"dry_run", "set", "v"} {
		beamdataflow.DontUseFlagAsPipelineOption(name)
	}
}

// IterationsPerJob is 25: a job costs minutes, for its workers have to start.
func (*dataflow) IterationsPerJob() int { return 25 }

// InProcess is false.
func (*dataflow) InProcess() bool { return false }

// Submit stages the worker binary and the graph and creates the job. The
// service refuses a second active job of a name, and Beam answers that with the
// first one's id: the name says what the job does, so it is the same job.
func (d *dataflow) Submit(ctx context.Context, p *beam.Pipeline, name string) (string, error) {
	if err := checkGraph(ctx, p); err != nil {
		return "", err
	}
	*jobopts.JobName, *jobopts.Async = name, true
	at := here(ctx)
	result, err := beam.Run(ctx, "dataflow", p)
	if err == nil {
		return at.job(result.JobID()), nil
	}
	// An answer that did not arrive may have been a yes.
	if e := (*googleapi.Error)(nil); !errors.As(err, &e) {
		if id, findErr := d.Find(context.WithoutCancel(ctx), name); findErr == nil && id != "" {
			return id, nil
		}
	}
	return "", explain("submitting job "+name, err)
}

// State asks the service about a job.
func (d *dataflow) State(ctx context.Context, id string) (State, error) {
	s, err := d.client(ctx)
	if err != nil {
		return State{}, err
	}
	at, job := parseJob(id)
	j, err := s.Projects.Locations.Jobs.Get(at.project, at.region, job).Context(ctx).Do()
	if e := (*googleapi.Error)(nil); errors.As(err, &e) && e.Code == http.StatusNotFound {
		return State{Status: Unknown}, nil
	}
	if err != nil {
		return State{}, explain("asking about job "+job, err)
	}
	st := State{Status: status(j.CurrentState), Engine: j.CurrentState}
	if st.Status == Failed {
		if st.Trace, err = d.trace(ctx, id); err != nil {
			st.Trace = err.Error() // the job has failed all the same
		}
	}
	if st.Status != Running {
		st.Metrics, _ = d.metrics(ctx, id) // figures: the job has ended without them
	}
	return st, nil
}

// metrics are a job's: the pipeline's counters as namespace/name, summed over
// its steps, and the service's, such as TotalVcpuTime in seconds, by name.
func (d *dataflow) metrics(ctx context.Context, id string) (map[string]float64, error) {
	s, err := d.client(ctx)
	if err != nil {
		return nil, err
	}
	at, job := parseJob(id)
	all, err := s.Projects.Locations.Jobs.GetMetrics(at.project, at.region, job).Context(ctx).Do()
	if err != nil {
		return nil, explain("reading the metrics of job "+job, err)
	}
	var sums map[string]float64
	for _, m := range all.Metrics {
		v, ok := m.Scalar.(float64)
		if !ok || m.Name == nil || m.Name.Context["tentative"] == "true" {
			continue // a distribution, or what may not have been committed
		}
		name := m.Name.Name
		if space := m.Name.Context["namespace"]; space != "" {
			name = space + "/" + name
		}
		if sums == nil {
			sums = map[string]float64{}
		}
		sums[name] += v
	}
	return sums, nil
}

// status is what a state of the service means to us. A job that was drained or
// replaced has not done its work.
func status(state string) Status {
	switch state {
	case "JOB_STATE_DONE":
		return Done
	case "JOB_STATE_FAILED":
		return Failed
	case "JOB_STATE_CANCELLED", "JOB_STATE_DRAINED", "JOB_STATE_UPDATED":
		return Cancelled
	}
	return Running
}

// trace is the service's errors of a job that failed.
func (d *dataflow) trace(ctx context.Context, id string) (string, error) {
	text, err := d.Trouble(ctx, id)
	if err == nil && text == "" {
		at, job := parseJob(id)
		text = fmt.Sprintf("job %s failed and the service does not say why; see its logs: gcloud dataflow logs list %s --project=%s --region=%s", job, job, at.project, at.region)
	}
	return text, err
}

// Trouble is the service's errors of a job. The ones of workers, which hold the
// cause, stand last.
func (d *dataflow) Trouble(ctx context.Context, id string) (string, error) {
	s, err := d.client(ctx)
	if err != nil {
		return "", err
	}
	at, job := parseJob(id)
	var summary, workers []string
	err = s.Projects.Locations.Jobs.Messages.List(at.project, at.region, job).MinimumImportance("JOB_MESSAGE_ERROR").
		Pages(ctx, func(page *df.ListJobMessagesResponse) error {
			for _, m := range page.JobMessages {
				text := withoutOrigin(m.MessageText)
				if strings.HasPrefix(text, "Workflow failed.") {
					summary = append(summary, text)
				} else {
					workers = append(workers, text)
				}
			}
			return nil
		})
	if err != nil {
		return "", explain("reading the messages of job "+job, err)
	}
	return strings.Join(append(summary, workers...), "\n"), nil
}

// withoutOrigin cuts off the place in the service's own code that a worker's
// error passed through.
func withoutOrigin(text string) string {
	text, _, _ = strings.Cut(text, "\npassed through:\n==>")
	return strings.TrimSpace(text)
}

// Cancel asks the service to end a job.
func (d *dataflow) Cancel(ctx context.Context, id string) error {
	s, err := d.client(ctx)
	if err != nil {
		return err
	}
	at, job := parseJob(id)
	_, err = s.Projects.Locations.Jobs.Update(at.project, at.region, job, &df.Job{RequestedState: "JOB_STATE_CANCELLED"}).Context(ctx).Do()
	if err == nil {
		return nil
	}
	if st, stateErr := d.State(ctx, id); stateErr == nil && st.Status != Running {
		return nil // it had ended
	}
	return explain("cancelling job "+job, err)
}

// Find looks for the active job of that name, of which there is one at most.
func (d *dataflow) Find(ctx context.Context, name string) (id string, err error) {
	s, err := d.client(ctx)
	if err != nil {
		return "", err
	}
	at := here(ctx)
	err = s.Projects.Locations.Jobs.List(at.project, at.region).Filter("ACTIVE").Name(name).
		Pages(ctx, func(page *df.ListJobsResponse) error {
			for _, j := range page.Jobs {
				if j.Name == name {
					id = at.job(j.Id)
				}
			}
			return nil
		})
	if err != nil {
		return "", explain("looking for job "+name, err)
	}
	return id, nil
}
