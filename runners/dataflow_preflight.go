package runners

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
)

// Preflight says everything that is missing, one line each: first what can be
// told from the configuration, then what the service and the bucket answer.
func (d *dataflow) Preflight(ctx context.Context, f Folders) error {
	ctx, stop := context.WithTimeout(ctx, answerLimit)
	defer stop()
	endpoint()
	at := here(ctx)
	return errors.Join(
		d.checkPlace(at),
		checkStaging(),
		checkFolders(f),
		checkRefused(),
		checkWorkers(),
		checkLabels(option("labels")),
		workerBinary(workerArch()),
		d.checkService(ctx, at),
		checkBucket(ctx),
	)
}

// answerLimit is how long service and bucket may take to answer; the clients
// try again until then.
const answerLimit = 30 * time.Second

func (*dataflow) checkPlace(at place) error {
	var errs []error
	if at.project == "" {
		errs = append(errs, errors.New("runner.options.project is missing: the Google Cloud project in which the jobs run"))
	}
	if at.region == "" {
		errs = append(errs, errors.New("runner.options.region is missing: where the workers run, as in us-central1; choose the bucket's region"))
	}
	return errors.Join(errs...)
}

// bucketURL matches gs://bucket/any/folder.
var bucketURL = regexp.MustCompile(`^gs://([a-z0-9][a-z0-9._-]{1,220}[a-z0-9])(/.*)?$`)

func checkStaging() error {
	var errs []error
	switch at := option("staging_location"); {
	case at == "":
		errs = append(errs, errors.New("runner.options.staging_location is missing: where worker binary and graph are uploaded, as in gs://my-bucket/staging"))
	case !bucketURL.MatchString(at):
		errs = append(errs, fmt.Errorf("runner.options.staging_location must be gs://BUCKET/FOLDER (got %q)", at))
	}
	if at := option("temp_location"); at != "" && !bucketURL.MatchString(at) {
		errs = append(errs, fmt.Errorf("runner.options.temp_location must be gs://BUCKET/FOLDER (got %q)", at))
	}
	return errors.Join(errs...)
}

// checkFolders wants on a bucket what workers read and write.
func checkFolders(f Folders) error {
	var errs []error
	for _, path := range f.Input {
		if !bucketURL.MatchString(path) {
			errs = append(errs, fmt.Errorf("input.path: workers on Dataflow cannot read %s; copy it to a bucket: gcloud storage cp -r %[1]s gs://BUCKET/", path))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f.Models)) {
		path := f.Models[key]
		if bucketURL.MatchString(path) || filepath.IsAbs(path) && option("sdk_container_image") != "" { // the image may hold it
			continue
		}
		errs = append(errs, fmt.Errorf("%s: workers on Dataflow cannot read %s; copy it to a bucket (gs://BUCKET/FILE), or put it into the image of runner.options.sdk_container_image under an absolute path", key, path))
	}
	if !bucketURL.MatchString(f.Work) {
		errs = append(errs, fmt.Errorf("work.dir: workers on Dataflow cannot write to %s; give it a folder on a bucket, gs://BUCKET/FOLDER", f.Work))
	}
	if f.Output != "" && !bucketURL.MatchString(f.Output) {
		errs = append(errs, fmt.Errorf("output.dir: workers on Dataflow cannot copy items to %s; give it a folder on a bucket, gs://BUCKET/FOLDER", f.Output))
	}
	return errors.Join(errs...)
}

// refused are Beam's flags that make something else of a job than a run needs.
var refused = map[string]string{
	"job_name":          "every job of a run gets a name of its own, by which a rerun finds it",
	"template_location": "it would store a template instead of running the job",
	"update":            "it would replace a streaming job",
}

func checkRefused() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		if v := option(name); v != "" && v != "false" {
			errs = append(errs, fmt.Errorf("runner.options.%s must be left out: %s", name, refused[name]))
		}
	}
	if v := option("environment_type"); v != "" && !strings.EqualFold(v, "docker") {
		errs = append(errs, fmt.Errorf("runner.options.environment_type must be left out: workers on Dataflow are containers (got %q)", v))
	}
	if option("sdk_container_image") != "" && option("worker_harness_container_image") != "" {
		errs = append(errs, errors.New("runner.options.worker_harness_container_image must be left out: sdk_container_image is the same, under its newer name"))
	}
	return errors.Join(errs...)
}

// checkWorkers finds contradictions that Beam would find only after the upload.
func checkWorkers() error {
	var errs []error
	n, most := number("num_workers"), number("max_num_workers")
	switch {
	case n < 0 || most < 0:
		errs = append(errs, fmt.Errorf("runner.options.num_workers and max_num_workers must be >= 0 (got %d and %d)", n, most))
	case n > 0 && most > 0 && n > most:
		errs = append(errs, fmt.Errorf("runner.options.num_workers must be <= max_num_workers (got %d and %d)", n, most))
	}
	if a := option("autoscaling_algorithm"); !slices.Contains([]string{"", "NONE", "THROUGHPUT_BASED"}, a) {
		errs = append(errs, fmt.Errorf("runner.options.autoscaling_algorithm must be NONE or THROUGHPUT_BASED (got %q)", a))
	}
	if option("worker_zone") != "" && option("worker_region") != "" {
		errs = append(errs, errors.New("runner.options.worker_region must be left out where worker_zone is set: the zone says the region"))
	}
	return errors.Join(errs...)
}

func number(name string) int64 {
	n, _ := strconv.ParseInt(option(name), 10, 64) // the flag's own type is int64
	return n
}

// Labels as the service documents them.
var (
	labelKey   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	labelValue = regexp.MustCompile(`^[a-z0-9_-]{0,63}$`)
)

func checkLabels(text string) error {
	if text == "" {
		return nil
	}
	var labels map[string]string
	if err := json.Unmarshal([]byte(text), &labels); err != nil {
		return fmt.Errorf(`runner.options.labels must be a JSON object of strings, as in '{"team": "vision"}' (got %s)`, text)
	}
	var errs []error
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if !labelKey.MatchString(k) || !labelValue.MatchString(labels[k]) {
			errs = append(errs, fmt.Errorf("runner.options.labels: %q: %q must be made of a-z, 0-9, _ and -, at most 63 of them", k, labels[k]))
		}
	}
	return errors.Join(errs...)
}

// workerArch is the architecture of the machine type, by its family.
func workerArch() string {
	machine := option("worker_machine_type")
	if machine == "" {
		machine = option("machine_type")
	}
	family, _, _ := strings.Cut(machine, "-")
	if slices.Contains([]string{"t2a", "c4a", "n4a"}, family) {
		return "arm64"
	}
	return "amd64"
}

// checkService asks the service for a job, of which there need be none.
func (d *dataflow) checkService(ctx context.Context, at place) error {
	s, err := d.client(ctx)
	if err != nil || at.project == "" || at.region == "" {
		return err
	}
	_, err = s.Projects.Locations.Jobs.List(at.project, at.region).Filter("ACTIVE").PageSize(1).Context(ctx).Do()
	if err != nil {
		return explain(fmt.Sprintf("asking for the jobs of project %s in %s", at.project, at.region), err)
	}
	return nil
}

// checkBucket asks for the staging bucket: Beam would create one that is not
// there, with settings nobody chose.
func checkBucket(ctx context.Context) error {
	at := option("staging_location")
	m := bucketURL.FindStringSubmatch(at)
	if m == nil {
		return nil // said already
	}
	client, err := storage.NewClient(ctx)
	if err != nil {
		return nil // no credentials: said already
	}
	defer client.Close() //nolint:errcheck // nothing was written
	_, err = client.Bucket(m[1]).Attrs(ctx)
	var e *googleapi.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrBucketNotExist):
		return fmt.Errorf("runner.options.staging_location: there is no bucket %s; create it: gcloud storage buckets create gs://%[1]s --location=%s", m[1], cmp.Or(option("region"), "REGION"))
	case errors.As(err, &e) && e.Code == http.StatusForbidden:
		return &oneLine{fmt.Sprintf("runner.options.staging_location: no access to bucket %s: %s; grant roles/storage.objectAdmin and roles/storage.legacyBucketReader on it", m[1], flat(e.Message)), err}
	}
	return &oneLine{fmt.Sprintf("runner.options.staging_location: bucket %s cannot be reached: %s", m[1], flat(err.Error())), err}
}
