package runners

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/apache/beam/sdks/v2/go/container/tools"
	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/artifact"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/runtime/graphx"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/util/hooks"
	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/universal/runnerlib"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/util/grpcx"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// flink runs jobs on a Flink cluster through Beam's job server. Job server and
// cluster are what the options -endpoint and -flink_master say.
type flink struct {
	mu   sync.Mutex
	conn *grpc.ClientConn

	work   string // the work folder
	shared *sharedFolder
}

var _ Runner = (*flink)(nil)

// Options of Beam's Flink runner that its Go client has no flag for.
var (
	flinkMaster  = flag.String("flink_master", "", "Flink's REST address, host:port: jobs are cancelled there, and found when the job server has forgotten them.")
	flinkOptions = flag.String("flink_options", "", "Further options of Beam's Flink runner, name=value with commas between.")
)

// IterationsPerJob is 10: the first pass of a job costs seconds, a further one
// less, until the plan grows too long (measured: 1 pass 6 s, 20 passes 11 s, 60
// passes 96 s).
func (*flink) IterationsPerJob() int { return 10 }

// InProcess is false.
func (*flink) InProcess() bool { return false }

// Submit stages the worker and hands the pipeline to the job server.
func (f *flink) Submit(ctx context.Context, p *beam.Pipeline, name string) (string, error) {
	worker, err := f.worker()
	if err != nil {
		return "", err
	}
	model, err := flinkModel(ctx, p, worker)
	if err != nil {
		return "", err
	}
	client, err := f.client(ctx)
	if err != nil {
		return "", err
	}
	options, err := flinkJobOptions(name)
	if err != nil {
		return "", err
	}
	request := &jobpb.PrepareJobRequest{Pipeline: model, JobName: name}
	if request.PipelineOptions, err = tools.OptionsToProto(options); err != nil {
		return "", fmt.Errorf("flink: job options: %w", err)
	}
	prepared, err := client.Prepare(ctx, request)
	if err != nil {
		return "", fmt.Errorf("flink: the job server refused job %s: %w", name, err)
	}
	token, err := runnerlib.Stage(ctx, prepared.GetPreparationId(), prepared.GetArtifactStagingEndpoint().GetUrl(), worker, prepared.GetStagingSessionToken())
	if err != nil {
		return "", fmt.Errorf("flink: sending the worker binary: %w", err)
	}
	// From here on the job may run whatever the answer: who gives up waits for it, to
	// know what to cancel.
	ctx = context.WithoutCancel(ctx)
	id, err := runnerlib.Submit(ctx, client, prepared.GetPreparationId(), token)
	if err == nil {
		return id, nil
	}
	if found, findErr := f.Find(ctx, name); findErr == nil && found != "" {
		return found, nil
	}
	return "", fmt.Errorf("flink: %w", err)
}

// worker returns the file that a job takes along as its worker.
func (f *flink) worker() (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shared == nil {
		shared, err := share(f.work)
		if err != nil {
			return "", err
		}
		f.shared = &shared
	}
	return f.shared.program()
}

// endedWell remembers that a job's workers have done what they should.
func (f *flink) endedWell() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shared != nil {
		f.shared.sees = true
	}
}

// flinkModel turns the pipeline into its portable form.
func flinkModel(ctx context.Context, p *beam.Pipeline, worker string) (*pipepb.Pipeline, error) {
	edges, _, err := p.Build()
	if err != nil {
		return nil, fmt.Errorf("flink: invalid pipeline: %w", err)
	}
	environment, err := graphx.CreateEnvironment(ctx, jobopts.GetEnvironmentUrn(ctx), jobopts.GetEnvironmentConfig)
	if err != nil {
		return nil, fmt.Errorf("runner.options.environment_config: %w", err)
	}
	model, err := graphx.Marshal(edges, &graphx.Options{Environment: environment, PipelineResourceHints: jobopts.GetPipelineResourceHints()})
	if err != nil {
		return nil, fmt.Errorf("flink: %w", err)
	}
	return model, takeAlong(worker, model)
}

// takeAlong names the worker for the job server. Beam's client leaves the name to the
// server, which makes one of the path, slashes and all, and when the job has ended
// does not find its copy to remove it: 100 MB of its disk for each run.
func takeAlong(worker string, model *pipepb.Pipeline) error {
	path, err := proto.Marshal(&pipepb.ArtifactFilePayload{Path: worker})
	if err != nil {
		return fmt.Errorf("runner.options.worker_binary: %w", err)
	}
	name, err := proto.Marshal(&pipepb.ArtifactStagingToRolePayload{StagedName: "worker"})
	if err != nil {
		return fmt.Errorf("runner.options.worker_binary: %w", err)
	}
	for _, environment := range model.GetComponents().GetEnvironments() {
		for _, d := range environment.GetDependencies() {
			d.TypeUrn, d.TypePayload = graphx.URNArtifactFileType, path
			d.RoleUrn, d.RolePayload = artifact.URNStagingTo, name
		}
	}
	return nil
}

// flinkJobOptions are what runnerlib.Prepare sends and the options that it has
// no place for; the job's name above all, without which Flink shows another.
func flinkJobOptions(name string) (map[string]any, error) {
	hooks.SerializeHooksToOptions()
	beam.PipelineOptions.LoadOptionsFromFlags(nil)
	o := map[string]any{
		"beam:option:go_options:v1":               beam.PipelineOptions.Export(),
		"beam:option:app_name:v1":                 name,
		"beam:option:job_name:v1":                 name,
		"beam:option:experiments:v1":              append(jobopts.GetExperiments(), "beam_fn_api"),
		"beam:option:retain_docker_containers:v1": *jobopts.RetainDockerContainers,
		"beam:option:parallelism:v1":              *jobopts.Parallelism,
	}
	o["beam:option:flink_master:v1"] = flinkAddress()
	for _, option := range strings.FieldsFunc(*flinkOptions, func(r rune) bool { return r == ',' }) {
		key, value, ok := strings.Cut(option, "=")
		if !ok {
			return nil, fmt.Errorf("runner.options.flink_options: %q is not name=value", option)
		}
		o["beam:option:"+key+":v1"] = value
	}
	return o, nil
}

// client returns the connection to the job server, which all calls share.
func (f *flink) client(ctx context.Context) (jobpb.JobServiceClient, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conn == nil {
		// Beam's Dial tries again and again where nobody listens.
		probe, err := (&net.Dialer{Timeout: dialLimit}).DialContext(ctx, "tcp", *jobopts.Endpoint)
		var conn *grpc.ClientConn
		if err == nil {
			_ = probe.Close()
			conn, err = grpcx.Dial(ctx, *jobopts.Endpoint, dialLimit)
		}
		if err != nil {
			return nil, fmt.Errorf("runner.options.endpoint: no job server answers at %q; start Beam's Flink job server, or set -endpoint to its address", *jobopts.Endpoint)
		}
		f.conn = conn
	}
	return jobpb.NewJobServiceClient(f.conn), nil
}

const dialLimit = 10 * time.Second

// State asks the job server, and Flink itself where the server says that a job
// was cancelled or knows none. Of a failed job it fetches what the engine said.
func (f *flink) State(ctx context.Context, id string) (State, error) {
	client, err := f.client(ctx)
	if err != nil {
		return State{}, err
	}
	answer, err := client.GetState(ctx, &jobpb.GetJobStateRequest{JobId: id})
	if err != nil && grpcstatus.Code(err) != codes.NotFound {
		return State{}, fmt.Errorf("flink: %w", err)
	}
	st := State{Status: Running, Engine: answer.GetState().String()}
	switch answer.GetState() {
	case jobpb.JobState_DONE:
		st.Status = Done
		f.endedWell()
		return st, nil
	case jobpb.JobState_FAILED:
		st.Status = Failed
		st.Trace = f.explained(f.trace(ctx, client, id))
		return st, nil
	case jobpb.JobState_CANCELLED, jobpb.JobState_DRAINED, jobpb.JobState_UPDATED:
		st.Status = Cancelled
	default:
		if err == nil {
			return st, nil
		}
		st = State{Status: Unknown}
	}
	j, err := newestJob(ctx, nameOf(id))
	switch {
	case err != nil:
		return State{}, err
	case j == nil:
		return st, nil
	case st.Status == Unknown || !j.ended():
		st = State{Status: j.status(), Engine: j.State}
	}
	if st.Status == Failed {
		st.Trace = "the job failed; Flink shows why: http://" + flinkAddress() + "/#/job/" + j.ID
	}
	return st, nil
}

// Trouble asks Flink why it last started a part of the job again.
func (f *flink) Trouble(ctx context.Context, id string) (string, error) {
	j, err := newestJob(ctx, nameOf(id))
	if err != nil || j == nil {
		return "", err
	}
	text, err := lastException(ctx, j.ID)
	return f.explained(text), err
}

// explained adds to a trace what a worker's script says where nobody reads it: the
// engine throws away what a process prints.
func (f *flink) explained(trace string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shared == nil || !strings.HasSuffix(f.shared.start, scriptSuffix) || !strings.Contains(trace, "Process died with exit code") {
		return trace
	}
	return trace + "\nwork.dir: a worker ended before it had begun: on some TaskManager it may not see the driver's " +
		strings.TrimSuffix(f.shared.start, scriptSuffix) + ", or may not run it; mount the same storage there under the same name, or use gs://"
}

// trace returns the last error among a job's messages, or where to look.
func (f *flink) trace(ctx context.Context, client jobpb.JobServiceClient, id string) string {
	text := "the job failed on Flink without a message; see its log"
	stream, err := client.GetMessageStream(ctx, &jobpb.JobMessagesRequest{JobId: id})
	if err != nil {
		return text
	}
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) || err != nil {
			return text
		}
		if r := m.GetMessageResponse(); r.GetImportance() >= jobpb.JobMessage_JOB_MESSAGE_ERROR {
			text = r.GetMessageText()
		}
	}
}

// Cancel ends a job in Flink, and for the job server.
func (f *flink) Cancel(ctx context.Context, id string) error {
	client, err := f.client(ctx)
	if err != nil {
		return err
	}
	// The server first: it may be about to hand the job to Flink.
	_, err = client.Cancel(ctx, &jobpb.CancelJobRequest{JobId: id})
	if _, cerr := cancelJob(ctx, nameOf(id)); cerr != nil {
		return cerr
	}
	if grpcstatus.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

// Find looks through the jobs of the job server and of Flink.
func (f *flink) Find(ctx context.Context, name string) (string, error) {
	client, err := f.client(ctx)
	if err != nil {
		return "", err
	}
	jobs, err := client.GetJobs(ctx, &jobpb.GetJobsRequest{})
	if err != nil {
		return "", fmt.Errorf("flink: %w", err)
	}
	for _, j := range jobs.GetJobInfo() {
		switch j.GetState() {
		case jobpb.JobState_DONE, jobpb.JobState_FAILED, jobpb.JobState_CANCELLED, jobpb.JobState_DRAINED, jobpb.JobState_UPDATED:
			continue
		}
		if j.GetJobName() == name {
			return j.GetJobId(), nil
		}
	}
	j, err := newestJob(ctx, name)
	if err != nil || j == nil || j.ended() {
		return "", err
	}
	return name + "_" + j.ID, nil
}
