package runners

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"leveler/runners/dataflowtest"
)

// TestDataflowRequest compares the whole job request, field by field, with what
// Beam documents of its flags.
func TestDataflowRequest(t *testing.T) {
	s, _ := loopback(t, dataflowtest.Options{})
	setOptions(t, map[string]string{
		"worker_machine_type": "n2-standard-16", "num_workers": "4", "max_num_workers": "40",
		"autoscaling_algorithm": "THROUGHPUT_BASED", "disk_size_gb": "60", "disk_type": "compute.googleapis.com/projects//zones//diskTypes/pd-ssd",
		"service_account_email": "worker@p.iam.gserviceaccount.com", "network": "net", "subnetwork": "regions/us-central1/subnetworks/sub",
		"no_use_public_ips": "true", "use_public_ips": "false", "labels": `{"team": "vision"}`, "sdk_container_image": "us-docker.pkg.dev/p/r/leveler:1",
		"worker_zone": "us-central1-b", "experiments": "shuffle_mode=service", "dataflow_service_options": "enable_prime",
		"dataflow_kms_key": "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k", "number_of_worker_harness_threads": "2",
	})
	submit(t, new(dataflow), "leveler-level-1-pass-0-0123456789ab")
	job := s.Jobs()[0]
	staged, err := dataflowtest.ReadStaged(job)
	if err != nil {
		t.Fatal(err)
	}
	folder := regexp.MustCompile(`^gs://bucket/staging/go-\d+-\d+/`).FindString(staged.PipelineURL)
	if folder == "" || staged.PipelineURL != folder+"model" {
		t.Errorf("the graph is staged as %s", staged.PipelineURL)
	}
	const worker = "stands for a worker binary"
	sum := sha256.Sum256([]byte(worker))
	want := map[string]any{
		"projectId": "p", "location": "us-central1", "name": "leveler-level-1-pass-0-0123456789ab", "type": "JOB_TYPE_BATCH",
		"labels": map[string]any{"team": "vision"},
		"environment": map[string]any{
			"debugOptions":        map[string]any{},
			"experiments":         []any{"shuffle_mode=service", "beam_fn_api", "use_runner_v2", "use_unified_worker", "use_portable_job_submission"},
			"serviceAccountEmail": "worker@p.iam.gserviceaccount.com",
			"serviceKmsKeyName":   "projects/p/locations/us-central1/keyRings/r/cryptoKeys/k",
			"serviceOptions":      []any{"enable_prime"},
			"tempStoragePrefix":   "gs://bucket/staging/tmp",
			"userAgent":           map[string]any{"name": "Apache Beam SDK for Go", "version": "2.77.0"},
			"version":             map[string]any{"job_type": "FNAPI_BATCH", "major": "6"},
			"workerZone":          "us-central1-b",
			"workerPools": []any{map[string]any{
				"autoscalingSettings": map[string]any{"algorithm": "AUTOSCALING_ALGORITHM_BASIC", "maxNumWorkers": 40.},
				"diskSizeGb":          60.,
				"diskType":            "compute.googleapis.com/projects//zones//diskTypes/pd-ssd",
				"ipConfiguration":     "WORKER_IP_PRIVATE",
				"kind":                "harness",
				"machineType":         "n2-standard-16",
				"network":             "net",
				"subnetwork":          "regions/us-central1/subnetworks/sub",
				"numWorkers":          4.,
				"numThreadsPerWorker": 2.,
				"packages": []any{map[string]any{
					"name": "worker", "location": folder + "worker", "sha256": hex.EncodeToString(sum[:]),
				}},
				"workerHarnessContainerImage": "us-docker.pkg.dev/p/r/leveler:1",
				"sdkHarnessContainerImages": []any{map[string]any{
					"containerImage": "us-docker.pkg.dev/p/r/leveler:1", "environmentId": "go",
				}},
			}},
		},
	}
	got := decoded(t, job)
	for _, service := range []string{"id", "createTime", "currentState", "currentStateTime"} {
		delete(got, service)
	}
	env, _ := got["environment"].(map[string]any)
	options, _ := env["sdkPipelineOptions"].(map[string]any)
	delete(env, "sdkPipelineOptions")
	delete(capable(env), "capabilities") // of the SDK
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{
		"experiments": want["environment"].(map[string]any)["experiments"],
		"pipelineUrl": folder + "model", "pipelineProtoHash": staged.PipelineHash,
		"region": "us-central1", "tempLocation": "gs://bucket/staging/tmp",
		"diskProvisionedIops": 0., "diskProvisionedThroughputMibps": 0.,
	}, options["options"]); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

func decoded(t *testing.T, v any) (m map[string]any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// capable is the description of the SDK's container.
func capable(env map[string]any) map[string]any {
	pool, _ := env["workerPools"].([]any)[0].(map[string]any)
	image, _ := pool["sdkHarnessContainerImages"].([]any)[0].(map[string]any)
	return image
}

// TestDataflowStages compares what is in the bucket with the files and with the
// digests in the request.
func TestDataflowStages(t *testing.T) {
	s, gcs := loopback(t, dataflowtest.Options{})
	submit(t, new(dataflow), "leveler-x")
	staged, err := dataflowtest.ReadStaged(s.Jobs()[0])
	if err != nil {
		t.Fatal(err)
	}
	client, err := storage.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := dataflowtest.Download(t.Context(), client, staged.Worker.Location, staged.Worker.Sha256)
	if err != nil {
		t.Error(err)
	}
	if want, err := os.ReadFile(option("worker_binary")); err != nil || string(got) != string(want) {
		t.Errorf("the worker binary in the bucket differs (%v)", err)
	}
	model, err := dataflowtest.Download(t.Context(), client, staged.PipelineURL, staged.PipelineHash)
	if err != nil {
		t.Fatal(err)
	}
	p := new(pipepb.Pipeline)
	if err := proto.Unmarshal(model, p); err != nil {
		t.Fatal(err)
	}
	var payload pipepb.ArtifactUrlPayload
	env := p.GetComponents().GetEnvironments()["go"]
	if err := proto.Unmarshal(env.GetDependencies()[0].GetTypePayload(), &payload); err != nil {
		t.Fatal(err)
	}
	if payload.GetUrl() != staged.Worker.Location || payload.GetSha256() != staged.Worker.Sha256 {
		t.Errorf("the graph names the worker %s, %s", payload.GetUrl(), payload.GetSha256())
	}
	var names []string
	for _, tr := range p.GetComponents().GetTransforms() {
		names = append(names, tr.GetUniqueName())
	}
	if !strings.Contains(strings.Join(names, " "), "runners.writeFn") {
		t.Errorf("the graph has the transforms %q", names)
	}
	if got := gcs.Objects("gs://bucket/"); len(got) != 2 {
		t.Errorf("the bucket holds %q, want the worker and the graph", got)
	}
	size, err := graphSize(t.Context(), writes(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := len(model) - size; diff < 0 || diff > 300 { // the URL and digest of the worker, and the image
		t.Errorf("the graph has %d bytes, graphSize says %d", len(model), size)
	}
}

func TestDataflowGraphLimit(t *testing.T) {
	s, gcs := loopback(t, dataflowtest.Options{})
	big := func(values int) *beam.Pipeline {
		p, scope := beam.NewPipelineWithRoot()
		var all []string
		for range values {
			all = append(all, strings.Repeat("x", 100_000))
		}
		beam.ParDo0(scope, &writeFn{t.TempDir()}, beam.CreateList(scope, all))
		return p
	}
	_, err := new(dataflow).Submit(t.Context(), big(60), "leveler-x") // base64 twice over: 60 * 100 kB * 16/9
	want := regexp.MustCompile(`^dataflow: the graph of this job has 1[01]\.\d MB, of which the service takes 10: lower resources\.iterations_per_job, or raise resources\.shard_bytes \(a graph lists its shards\)$`)
	if err == nil || !want.MatchString(err.Error()) {
		t.Errorf("got %v", err)
	}
	if len(s.Requests()) > 0 || gcs.Count() > 0 {
		t.Errorf("something was sent: %q, %d requests to the bucket", s.Requests(), gcs.Count())
	}
	if _, err := new(dataflow).Submit(t.Context(), big(40), "leveler-x"); err != nil { // 7 MB
		t.Error(err)
	}
}
