package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table are the lines of a plan, with single spaces.
func table(plan string) (out []string) {
	_, plan, _ = strings.Cut(plan, "jobs\n")
	for line := range strings.SplitSeq(plan, "\n") {
		if line == "" {
			return out
		}
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return out
}

// TestDryRun: the plan before a run, after its tree and with another selection;
// none of it leaves a trace.
func TestDryRun(t *testing.T) {
	dir := start(t)
	before := tree(t, dir)
	plan := func(args ...string) string {
		t.Helper()
		r := curate(t, dir, append([]string{"run", "-config", "config.yaml", "-dry_run"}, args...)...)
		if r.code != 0 || r.stderr != "" {
			t.Fatalf("exit code %d, stderr %s", r.code, r.stderr)
		}
		return r.stdout
	}
	if diff := cmp.Diff([]string{
		"embed to do 1000 rows of 4 dimensions in 1 files, 1 shards 1",
		"level-1 to do 1000 points into 40 clusters, 5 iterations 1",
		"level-2 to do 40 points into 5 clusters, 5 iterations 1",
		"sample to do 3 rows 1",
		"write to do npy, parquet into out 0",
	}, table(plan())); diff != "" {
		t.Errorf("before the run (-want +got):\n%s", diff)
	}
	// 5 iterations, 11 passes of seeding and the assignment: 17 passes.
	if got := table(plan("-set", "resources.fit_in_worker_bytes=0", "-set", "resources.iterations_per_job=5"))[1]; !strings.HasSuffix(got, "5 iterations 4") {
		t.Errorf("5 iterations in a job: %s", got)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a plan left something (-want +got):\n%s", diff)
	}
	if r := curate(t, dir, "run", "-config", "config.yaml"); r.code != 0 {
		t.Fatal(r.stderr)
	}
	before = tree(t, dir)
	if diff := cmp.Diff([]string{
		"embed finished 1000 points of 4 dimensions 0",
		"level-1 finished 1000 points into 40 clusters 0",
		"level-2 to do 40 points into 4 clusters, 5 iterations 1",
		"sample to do 3 rows 1",
		"write to do npy, parquet into out 0",
	}, table(plan("-set", "levels.1.n_clusters=4"))); diff != "" {
		t.Errorf("with another level 2 (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"embed finished 1000 points of 4 dimensions 0",
		"level-1 finished 1000 points into 40 clusters 0",
		"level-2 finished 40 points into 5 clusters 0",
		"sample to do 4 rows 1",
		"write to do npy, parquet into out 0",
	}, table(plan("-set", "sample.target_size=4"))); diff != "" {
		t.Errorf("with another selection (-want +got):\n%s", diff)
	}
	all := plan()
	if got := table(all); got[3] != "sample finished 3 rows 0" || got[4] != "write finished npy, parquet into out 0" || strings.Contains(all, "The first job") {
		t.Errorf("after the run: %s", all)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("a plan changed something (-want +got):\n%s", diff)
	}
}

// tree lists what is below dir, with sizes and times.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	if err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			m[path] = info.ModTime().String()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestDryRunDataflow: without credentials, and without a look at the input.
func TestDryRunDataflow(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	t.Setenv("STORAGE_EMULATOR_HOST", "")
	os.Unsetenv("STORAGE_EMULATOR_HOST")
	dir := t.TempDir()
	args := []string{
		"run", "-runner=dataflow", "-dry_run", "-set", "input.path=gs://data/x.npy", "-set", "sample.target_size=10",
		"-set", "levels=[{n_clusters: 50000, n_iters: 39}]", "-set", "work.dir=gs://bucket/work", "-project=p", "-staging_location=gs://bucket/staging", "-worker_binary=none",
		"-worker_machine_type=n2-standard-8",
	}
	r := curate(t, dir, args...)
	if r.code == 0 || r.last() != "curate: runner.options.region is missing: where the workers run, as in us-central1; choose the bucket's region" {
		t.Errorf("without a region: exit code %d, %s", r.code, r.stderr)
	}
	r = curate(t, dir, append(args, "-region=us-central1")...)
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("exit code %d, stderr %s", r.code, r.stderr)
	}
	if diff := cmp.Diff([]string{
		"embed to do gs://data/x.npy (npy) 1",
		"level-1 to do all points into 50000 clusters, 39 iterations 3", // 51 passes of 25
		"sample to do 10 rows 1",
		"write to do npy, parquet into out 0",
	}, table(r.stdout)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	start, end := strings.Index(r.stdout, "\n{"), strings.LastIndex(r.stdout, "\n}")
	if start < 0 || end < 0 {
		t.Fatalf("there is no request in:\n%s", r.stdout)
	}
	var job struct {
		Name, ProjectID string
		Environment     struct {
			WorkerPools []struct{ MachineType string }
		}
	}
	if err := json.Unmarshal([]byte(r.stdout[start:end+2]), &job); err != nil {
		t.Fatal(err)
	}
	if job.ProjectID != "p" || !regexp.MustCompile(`^leveler-embed-rows-[0-9a-f]{12}$`).MatchString(job.Name) || job.Environment.WorkerPools[0].MachineType != "n2-standard-8" {
		t.Errorf("the request is %+v", job)
	}
	for _, want := range []string{
		"The first job: " + job.Name + ". Its graph has ",
		"The input cannot be looked at from here, so its rows are not known: input.path: ",
		"Before it can be submitted: runner.options.worker_binary: there is no file none; build it: CGO_ENABLED=0 ",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the plan does not say %q:\n%s", want, r.stdout)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("the plan left %v, %v", entries, err)
	}
}
