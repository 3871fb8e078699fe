package dataflowtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/runtime/metricsx"
	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
	df "google.golang.org/api/dataflow/v1b3"
	"google.golang.org/protobuf/proto"
)

// Staged is what a job's request says and where its files are.
type Staged struct {
	PipelineURL, PipelineHash string
	Worker                    *df.Package
	GoOptions                 json.RawMessage // what the worker gets as its pipeline options
}

// ReadStaged reads what a job request says of its staged files.
func ReadStaged(job *df.Job) (*Staged, error) {
	var o struct {
		Options struct {
			PipelineURL       string `json:"pipelineUrl"`
			PipelineProtoHash string `json:"pipelineProtoHash"`
		} `json:"options"`
		GoOptions json.RawMessage `json:"beam:option:go_options:v1"`
	}
	if err := json.Unmarshal(job.Environment.SdkPipelineOptions, &o); err != nil {
		return nil, fmt.Errorf("sdkPipelineOptions: %w", err)
	}
	s := &Staged{PipelineURL: o.Options.PipelineURL, PipelineHash: o.Options.PipelineProtoHash, GoOptions: o.GoOptions}
	for _, p := range job.Environment.WorkerPools[0].Packages {
		if p.Name == "worker" {
			s.Worker = p
		}
	}
	if s.Worker == nil {
		return nil, errors.New("the worker pool has no package named worker")
	}
	return s, nil
}

// Download reads an object and checks its SHA-256 digest, as workers do.
func Download(ctx context.Context, client *storage.Client, url, digest string) ([]byte, error) {
	bucket, name, ok := strings.Cut(strings.TrimPrefix(url, "gs://"), "/")
	if !ok || !strings.HasPrefix(url, "gs://") {
		return nil, fmt.Errorf("%s: no object of a bucket", url)
	}
	r, err := client.Bucket(bucket).Object(name).NewReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	defer r.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%s: has the digest %x, the request says %s", url, sum, digest)
	}
	return b, nil
}

// Workers executes jobs as the service does, on prism instead: each job in
// processes of its own, started from the staged worker binary.
type Workers struct {
	Env []string // of the workers, beside the test's own
}

// Run is an [Options].Run.
func (w *Workers) Run(ctx context.Context, job *df.Job) Result {
	metrics, err := w.execute(ctx, job)
	if err == nil {
		return Result{State: "JOB_STATE_DONE", Metrics: metrics}
	}
	// The service tells a worker's error with the place where it passed through,
	// and sums up in the end.
	return Result{State: "JOB_STATE_FAILED", Messages: []*df.JobMessage{
		{MessageImportance: "JOB_MESSAGE_ERROR", MessageText: "Error message from worker: generic::unknown: " + err.Error() +
			"\npassed through:\n==>\n    dist_proc/dax/workflow/worker/fnapi_service_impl.cc:1369"},
		{MessageImportance: "JOB_MESSAGE_ERROR", MessageText: "Workflow failed. Causes: The job failed because a work item has failed 4 times."},
	}}
}

func (w *Workers) execute(ctx context.Context, job *df.Job) ([]*df.MetricUpdate, error) {
	staged, err := ReadStaged(job)
	if err != nil {
		return nil, err
	}
	client, err := storage.NewClient(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close() //nolint:errcheck // only read
	model, err := Download(ctx, client, staged.PipelineURL, staged.PipelineHash)
	if err != nil {
		return nil, err
	}
	worker, err := Download(ctx, client, staged.Worker.Location, staged.Worker.Sha256)
	if err != nil {
		return nil, err
	}
	p := new(pipepb.Pipeline)
	if err := proto.Unmarshal(model, p); err != nil {
		return nil, fmt.Errorf("%s: %w", staged.PipelineURL, err)
	}
	pool, err := newPool(worker, bytes.TrimSpace(staged.GoOptions), w.Env)
	if err != nil {
		return nil, err
	}
	defer pool.close()
	payload, err := proto.Marshal(&pipepb.ExternalPayload{Endpoint: &pipepb.ApiServiceDescriptor{Url: pool.address}})
	if err != nil {
		return nil, err
	}
	for _, env := range p.GetComponents().GetEnvironments() {
		env.Urn, env.Payload = "beam:env:external:v1", payload
	}
	return runOnPrism(ctx, job.Name, p)
}

// runOnPrism runs a pipeline on a job server of its own.
func runOnPrism(ctx context.Context, name string, p *pipepb.Pipeline) ([]*df.MetricUpdate, error) {
	client, err := prism.CreateJobServer(ctx, prism.Options{})
	if err != nil {
		return nil, err
	}
	prepared, err := client.Prepare(ctx, &jobpb.PrepareJobRequest{Pipeline: p, JobName: name})
	if err != nil {
		return nil, err
	}
	started, err := client.Run(ctx, &jobpb.RunJobRequest{PreparationId: prepared.GetPreparationId()})
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() {
		_, _ = client.Cancel(context.WithoutCancel(ctx), &jobpb.CancelJobRequest{JobId: started.GetJobId()})
	})
	defer stop()
	if err := await(context.WithoutCancel(ctx), client, started.GetJobId()); err != nil {
		return nil, err
	}
	m, err := client.GetJobMetrics(context.WithoutCancel(ctx), &jobpb.GetJobMetricsRequest{JobId: started.GetJobId()})
	if err != nil {
		return nil, err
	}
	return updates(p, m.GetMetrics()), nil
}

// await follows a job to its end.
func await(ctx context.Context, client jobpb.JobServiceClient, id string) error {
	stream, err := client.GetMessageStream(ctx, &jobpb.JobMessagesRequest{JobId: id})
	if err != nil {
		return err
	}
	var last jobpb.JobState_Enum
	var failure string
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if s := m.GetStateResponse(); s != nil {
			last = s.GetState()
		}
		if t := m.GetMessageResponse(); t.GetImportance() >= jobpb.JobMessage_JOB_MESSAGE_ERROR {
			failure = t.GetMessageText()
		}
	}
	if last != jobpb.JobState_DONE {
		return fmt.Errorf("the job ended %s: %s", last, failure)
	}
	return nil
}

// updates are the counters in the service's form: its step is the transform's id.
func updates(p *pipepb.Pipeline, m *jobpb.MetricResults) []*df.MetricUpdate {
	ids := map[string]string{}
	for id, t := range p.GetComponents().GetTransforms() {
		ids[t.GetUniqueName()] = id
	}
	var out []*df.MetricUpdate
	for _, c := range metricsx.FromMonitoringInfos(p, m.GetAttempted(), m.GetCommitted()).AllMetrics().Counters() {
		out = append(out, &df.MetricUpdate{
			Name: &df.MetricStructuredName{
				Origin: "user", Name: c.Name(),
				Context: map[string]string{"namespace": c.Namespace(), "step": ids[c.Key.Step]},
			},
			Scalar: float64(c.Result()),
		})
	}
	return out
}
