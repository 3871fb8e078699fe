package runners

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFlinkPreflight: every fault is one line that names the key, and all are told
// at once.
func TestFlinkPreflight(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	defer web.Close()
	other := strings.TrimPrefix(web.URL, "http://")
	missing := filepath.Join(t.TempDir(), "none")
	const noWorker = "; build it: CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -ldflags='-s -w' -o worker ./pipelines/curate"
	for _, c := range []struct {
		name    string
		options map[string]string
		want    []string
	}{
		{"nothing is missing", nil, nil},
		{"nothing is set", map[string]string{"endpoint": "", "flink_master": "", "environment_type": ""}, []string{
			"runner.options.environment_type: missing; set PROCESS with environment_config (or DOCKER, EXTERNAL); see docs/flink.md",
			"runner.options.endpoint: missing; set -endpoint to the address (host:port) of Beam's Flink job server; see docs/flink.md",
			"runner.options.flink_master: missing; set it to Flink's REST address (host:port): without it a job could not be cancelled",
		}},
		{"nobody answers", map[string]string{"endpoint": nobody, "flink_master": nobody, "worker_binary": missing}, []string{
			"runner.options.worker_binary: there is no file " + missing + noWorker,
			`runner.options.endpoint: no job server answers at "` + nobody + `"; start Beam's Flink job server, or set -endpoint to its address`,
			"runner.options.flink_master: Flink's REST API does not answer at " + nobody,
		}},
		{"others answer", map[string]string{"flink_master": other}, []string{
			"runner.options.flink_master: what answers at " + other + " is not Flink: invalid character '<' looking for beginning of value",
		}},
		{"too few slots", map[string]string{"parallelism": "5"}, []string{"runner.options.parallelism: 5, but the cluster at <REST> has 4 slots on 2 TaskManagers"}},
		{"loopback", map[string]string{"environment_type": "loopback"}, []string{
			"runner.options.environment_type: LOOPBACK makes this process the worker of every TaskManager, and two of them collide; set PROCESS (or DOCKER, EXTERNAL), or run with -runner=direct",
		}},
		{"unknown", map[string]string{"environment_type": "KUBERNETES", "flink_options": "a=b,c"}, []string{
			`runner.options.environment_type: must be PROCESS, DOCKER or EXTERNAL (got "KUBERNETES")`,
			`runner.options.flink_options: "c" is not name=value`,
		}},
		{"no command", map[string]string{"environment_config": "/opt/beam/boot"}, []string{
			`runner.options.environment_config: for PROCESS it must be JSON with the program that starts a worker on a TaskManager, as in {"command": "/opt/beam/boot"} (got "/opt/beam/boot")`,
		}},
		{"no image", map[string]string{"environment_type": "DOCKER", "environment_config": ""}, []string{
			"runner.options.environment_config: for DOCKER it must name the image of the workers; they see a local work.dir only where the image mounts it",
		}},
		{"no pool", map[string]string{"environment_type": "EXTERNAL", "environment_config": ""}, []string{
			"runner.options.environment_config: for EXTERNAL it must be the address (host:port) of the worker pool beside each TaskManager",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, f, _ := onFlink(t)
			setOptions(t, map[string]string{"worker_binary": ""}) // as this test was built: see TestWorkerBinary
			setOptions(t, c.options)
			var got []string
			if err := f.Preflight(t.Context(), Folders{Input: []string{"/x.npy"}, Work: "/work"}); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			got = slices.DeleteFunc(got, func(line string) bool {
				return strings.HasPrefix(line, "runner.options.worker_binary") && !strings.Contains(line, missing)
			})
			want := slices.Clone(c.want)
			for i := range want {
				want[i] = strings.Replace(want[i], "<REST>", s.REST, 1)
			}
			if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if f.work != "/work" {
				t.Errorf("the work folder is %q", f.work)
			}
		})
	}
}

// TestFlinkArm: workers on an Arm cluster need a program for Arm.
func TestFlinkArm(t *testing.T) {
	s, f, _ := onFlink(t)
	s.SetArch("aarch64")
	setOptions(t, map[string]string{"worker_binary": filepath.Join(t.TempDir(), "none")})
	err := f.Preflight(t.Context(), Folders{Work: "/work"})
	if err == nil || !strings.Contains(err.Error(), "GOOS=linux GOARCH=arm64 go build") {
		t.Errorf("got %v", err)
	}
}
