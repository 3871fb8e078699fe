package runners

import (
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestWorkerBinary(t *testing.T) {
	info := func(path, goos, goarch, cgo, revision string) *debug.BuildInfo {
		return &debug.BuildInfo{Path: path, Settings: []debug.BuildSetting{
			{Key: "GOOS", Value: goos}, {Key: "GOARCH", Value: goarch}, {Key: "CGO_ENABLED", Value: cgo}, {Key: "vcs.revision", Value: revision},
		}}
	}
	own := info("leveler/pipelines/curate", "darwin", "arm64", "1", "0123456789abcdef")
	for _, c := range []struct {
		name  string
		build *debug.BuildInfo
		arch  string
		want  string
	}{
		{"fits", info("leveler/pipelines/curate", "linux", "amd64", "0", "0123456789abcdef"), "amd64", ""},
		{"fits, unstamped", info("leveler/pipelines/curate", "linux", "arm64", "0", ""), "arm64", ""},
		{"another program", info("leveler/bench/peers", "linux", "amd64", "0", ""), "amd64", "is another program (leveler/bench/peers, not leveler/pipelines/curate)"},
		{"another system", info("leveler/pipelines/curate", "darwin", "amd64", "0", ""), "amd64", "is for darwin/amd64, workers are linux/amd64"},
		{"another CPU", info("leveler/pipelines/curate", "linux", "amd64", "0", ""), "arm64", "is for linux/amd64, workers are linux/arm64"},
		{"cgo", info("leveler/pipelines/curate", "linux", "amd64", "1", ""), "amd64", "was built with cgo, for which workers may lack the C library"},
		{"stale", info("leveler/pipelines/curate", "linux", "amd64", "0", "fedcba9876543210"), "amd64", "was built from revision fedcba987654, this program from 0123456789ab"},
	} {
		if got := unfit(c.build, own, c.arch); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}

	const build = "; build it: CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build -trimpath -ldflags='-s -w' -o worker ./pipelines/curate"
	missing := filepath.Join(t.TempDir(), "worker")
	setOptions(t, map[string]string{"worker_binary": missing})
	if err, want := workerBinary("amd64"), "runner.options.worker_binary: there is no file "+missing+build; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	setOption("worker_binary", "worker_test.go")
	if err := workerBinary("amd64"); err == nil || !strings.HasPrefix(err.Error(), "runner.options.worker_binary: worker_test.go is no Go program: ") || !strings.HasSuffix(err.Error(), build) {
		t.Errorf("got %v", err)
	}
	setOption("worker_binary", "")
	err := workerBinary("amd64")
	const fault = "runner.options.worker_binary is missing, and this program "
	if err != nil && !strings.HasPrefix(err.Error(), fault) || err == nil && option("worker_binary") == "" {
		t.Errorf("with this program as the worker: got %v, %q", err, option("worker_binary"))
	}
}

func TestWorkerArch(t *testing.T) {
	for machine, want := range map[string]string{"": "amd64", "n2-standard-16": "amd64", "t2d-standard-4": "amd64", "t2a-standard-4": "arm64", "c4a-highmem-8": "arm64"} {
		setOptions(t, map[string]string{"machine_type": machine})
		if got := workerArch(); got != want {
			t.Errorf("%q: got %s want %s", machine, got, want)
		}
	}
}
