package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"leveler/internal/report"
)

// cluster is the Flink cluster that the environment names (.ci/flink starts one).
type cluster struct {
	endpoint, rest, run, kind, config string
	binary                            string // curate, built as workers need it
}

var built struct {
	sync.Once
	path string
	err  error
}

func TestMain(m *testing.M) {
	if os.Getenv(asCurate) != "" {
		main() // exits
	}
	if os.Getenv(asWorker) != "" {
		hangAround()
		return
	}
	code := m.Run()
	if built.path != "" {
		_ = os.RemoveAll(filepath.Dir(built.path)) // a temporary folder
	}
	os.Exit(code)
}

// onFlink returns the cluster, or skips the test where there is none.
func onFlink(t *testing.T) cluster {
	t.Helper()
	c := cluster{
		endpoint: os.Getenv("BEAM_ENDPOINT"), rest: os.Getenv("FLINK_REST"), run: os.Getenv("FLINK_RUN"),
		kind: os.Getenv("BEAM_ENVIRONMENT_TYPE"), config: os.Getenv("BEAM_ENVIRONMENT_CONFIG"),
	}
	if c.endpoint == "" || c.rest == "" {
		t.Skip("no Flink cluster: BEAM_ENDPOINT and FLINK_REST are not set (.ci/flink starts one)")
	}
	c.binary = worker(t)
	return c
}

// worker is curate, built as workers need it.
func worker(t *testing.T) string {
	t.Helper()
	built.Do(func() {
		var dir string
		if dir, built.err = os.MkdirTemp("", "leveler-worker-test-"); built.err != nil { //nolint:usetesting // it outlives the test
			return
		}
		built.path = filepath.Join(dir, "curate")
		cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", built.path, ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// options are the flags for a run on the cluster.
func (c cluster) options(parallelism int) []string {
	return []string{
		"-runner=flink", "-endpoint=" + c.endpoint, "-flink_master=" + strings.TrimPrefix(c.rest, "http://"),
		"-environment_type=" + c.kind, "-environment_config=" + c.config, fmt.Sprint("-parallelism=", parallelism),
	}
}

// start begins a run in dir on the cluster.
func (c cluster) start(t *testing.T, dir string, parallelism int, set ...string) *driver {
	t.Helper()
	return launch(t, dir, c.binary, append(append([]string{"run"}, sets(set...)...), c.options(parallelism)...)...)
}

// succeed wants the run to end well, with these digests and nothing left over.
func (d *driver) succeed(t *testing.T, dir string, want report.Digests) {
	t.Helper()
	if r := d.wait(t); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	if got := summaryOf(t, dir).Digests; !equalDigests(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if found := leftovers(t, dir); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
}

// jobs are the names and states of the cluster's jobs.
func (c cluster) jobs(t *testing.T) map[string][]string {
	t.Helper()
	r, err := http.Get(c.rest + "/jobs/overview")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var list struct {
		Jobs []struct{ Name, State string }
	}
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	states := map[string][]string{}
	for _, j := range list.Jobs {
		states[j.Name] = append(states[j.Name], j.State)
	}
	return states
}

// idle wants that no job is left on the cluster.
func (c cluster) idle(t *testing.T) {
	t.Helper()
	for name, states := range c.jobs(t) {
		for _, s := range states {
			switch s {
			case "FINISHED", "FAILED", "CANCELED":
			default:
				t.Errorf("job %s was left %s", name, s)
			}
		}
	}
}

// config of the runs: two levels with resampling.
func flinkConfig(more ...string) []string {
	return append([]string{
		"input.path=x.npy", "distance=cosine", "sample.target_size=500", "work.dir=work", "output.dir=out",
		"levels=[{n_clusters: 200, n_iters: 12, n_resampling_steps: 1, sample_size: 9}, {n_clusters: 20, n_iters: 5}]",
	}, more...)
}

// streamed makes every pass one over the shards.
var streamed = []string{"resources.fit_in_worker_bytes=0", "resources.shard_rows=1500"}

// input writes the test's points into a new folder, shared with the workers.
func input(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "x.npy"), matrix(t, rows(12_000), 4))
	return dir
}

// undisturbed are the digests of a run on the direct runner, made once.
func undisturbed(t *testing.T) report.Digests {
	t.Helper()
	if direct != nil {
		return *direct
	}
	dir := input(t)
	if r := curate(t, dir, append([]string{"run"}, sets(flinkConfig()...)...)...); r.code != 0 {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	got := summaryOf(t, dir).Digests
	direct = &got
	return got
}

var direct *report.Digests
