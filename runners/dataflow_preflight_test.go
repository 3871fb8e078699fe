package runners

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/runners/dataflowtest"
)

var buckets = Folders{Input: []string{"gs://data/x-*.npy"}, Work: "gs://bucket/work"}

// faults are the lines of a preflight, but for the one about the worker binary,
// which depends on how the test was built.
func faults(t *testing.T, f Folders) (out []string) {
	t.Helper()
	err := new(dataflow).Preflight(t.Context(), f)
	if err == nil {
		return nil
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !strings.HasPrefix(line, "runner.options.worker_binary") {
			out = append(out, line)
		}
	}
	return out
}

// TestDataflowPreflight: every fault is one line that names the key, and all are
// told at once.
func TestDataflowPreflight(t *testing.T) {
	_, _ = loopback(t, dataflowtest.Options{})
	if got := faults(t, buckets); got != nil {
		t.Errorf("where nothing is missing: %q", got)
	}
	for _, c := range []struct {
		options map[string]string
		folders Folders
		want    []string
	}{
		{
			map[string]string{"region": "", "staging_location": "", "labels": "team=vision", "num_workers": "9", "max_num_workers": "3", "job_name": "mine", "template_location": "gs://b/t"},
			Folders{Input: []string{"data/x.npy", "gs://data/y.npy"}, Work: "work", Output: "out", Models: map[string]string{
				"embed.model": "/models/m.onnx", "embed.tokenizer": "gs://bucket/tokenizer.json",
			}},
			[]string{
				"runner.options.region is missing: where the workers run, as in us-central1; choose the bucket's region",
				"runner.options.staging_location is missing: where worker binary and graph are uploaded, as in gs://my-bucket/staging",
				"input.path: workers on Dataflow cannot read data/x.npy; copy it to a bucket: gcloud storage cp -r data/x.npy gs://BUCKET/",
				"embed.model: workers on Dataflow cannot read /models/m.onnx; copy it to a bucket (gs://BUCKET/FILE), or put it into the image of runner.options.sdk_container_image under an absolute path",
				"work.dir: workers on Dataflow cannot write to work; give it a folder on a bucket, gs://BUCKET/FOLDER",
				"output.dir: workers on Dataflow cannot copy items to out; give it a folder on a bucket, gs://BUCKET/FOLDER",
				"runner.options.job_name must be left out: every job of a run gets a name of its own, by which a rerun finds it",
				"runner.options.template_location must be left out: it would store a template instead of running the job",
				"runner.options.num_workers must be <= max_num_workers (got 9 and 3)",
				`runner.options.labels must be a JSON object of strings, as in '{"team": "vision"}' (got team=vision)`,
			},
		},
		{
			map[string]string{"staging_location": "bucket/staging", "temp_location": "/tmp", "update": "true", "environment_type": "process", "autoscaling_algorithm": "BASIC", "num_workers": "-1"},
			buckets,
			[]string{
				`runner.options.staging_location must be gs://BUCKET/FOLDER (got "bucket/staging")`,
				`runner.options.temp_location must be gs://BUCKET/FOLDER (got "/tmp")`,
				"runner.options.update must be left out: it would replace a streaming job",
				`runner.options.environment_type must be left out: workers on Dataflow are containers (got "process")`,
				"runner.options.num_workers and max_num_workers must be >= 0 (got -1 and 0)",
				`runner.options.autoscaling_algorithm must be NONE or THROUGHPUT_BASED (got "BASIC")`,
			},
		},
		{
			map[string]string{"sdk_container_image": "a", "worker_harness_container_image": "b", "worker_zone": "us-central1-a", "worker_region": "us-central1", "labels": `{"Team": "vision", "a": "b"}`},
			Folders{Input: buckets.Input, Work: buckets.Work, Models: map[string]string{"embed.model": "/models/m.onnx", "embed.runtime_library": "lib/libonnxruntime.so"}},
			[]string{
				"embed.runtime_library: workers on Dataflow cannot read lib/libonnxruntime.so; copy it to a bucket (gs://BUCKET/FILE), or put it into the image of runner.options.sdk_container_image under an absolute path",
				"runner.options.worker_harness_container_image must be left out: sdk_container_image is the same, under its newer name",
				"runner.options.worker_region must be left out where worker_zone is set: the zone says the region",
				`runner.options.labels: "Team": "vision" must be made of a-z, 0-9, _ and -, at most 63 of them`,
			},
		},
		{
			map[string]string{"staging_location": "gs://nowhere/staging"},
			buckets,
			[]string{"runner.options.staging_location: there is no bucket nowhere; create it: gcloud storage buckets create gs://nowhere --location=us-central1"},
		},
	} {
		t.Run("", func(t *testing.T) {
			setOptions(t, c.options)
			if diff := cmp.Diff(c.want, faults(t, c.folders)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDataflowPreflightEndpoint: Beam's client joins paths to the endpoint as
// they are.
func TestDataflowPreflightEndpoint(t *testing.T) {
	s, _ := loopback(t, dataflowtest.Options{})
	if got := faults(t, buckets); got != nil {
		t.Errorf("got %q", got)
	}
	if got := option("dataflow_endpoint"); got != s.URL {
		t.Errorf("the endpoint became %s want %s", got, s.URL)
	}
}

func TestDataflowPreflightAccess(t *testing.T) {
	answer := `{"error": {"code": 403, "message": "Dataflow API has not been used in project p before or it is disabled."}}`
	token := http.StatusOK
	_, _ = loopback(t, dataflowtest.Options{Wrap: func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/token" && token != http.StatusOK:
				http.Error(w, `{"error": "invalid_grant", "error_description": "Invalid JWT Signature."}`, token)
			case r.URL.Path == "/token":
				service.ServeHTTP(w, r)
			default:
				http.Error(w, answer, http.StatusForbidden)
			}
		})
	}})
	want := []string{"dataflow: asking for the jobs of project p in us-central1: Dataflow API has not been used in project p before or it is disabled. (HTTP 403); see docs/dataflow.md for the APIs to enable and the roles to grant"}
	if diff := cmp.Diff(want, faults(t, buckets)); diff != "" {
		t.Errorf("the API is off (-want +got):\n%s", diff)
	}
	token = http.StatusBadRequest
	want = []string{"dataflow: the Google Cloud credentials are refused: Invalid JWT Signature.; run gcloud auth application-default login"}
	if diff := cmp.Diff(want, faults(t, buckets)); diff != "" {
		t.Errorf("the key is revoked (-want +got):\n%s", diff)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	want = []string{"dataflow: no Google Cloud credentials; run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file"}
	if diff := cmp.Diff(want, faults(t, buckets)); diff != "" {
		t.Errorf("without credentials (-want +got):\n%s", diff)
	}
}
