package runners

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
)

// workerBinary checks the program that workers on Linux will run and sets
// Beam's flag to it: worker_binary or, where that is not set, this program if it
// will do. Beam would compile one from the place where its caller's source lies,
// which works in few places.
func workerBinary(arch string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	path := option("worker_binary")
	if path == "" {
		path = self
	}
	own, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("runner.options.worker_binary: this program does not say how it was built: build it with go build, in module mode")
	}
	build, err := buildinfo.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("runner.options.worker_binary: there is no file %s; build it: %s", path, buildCommand(arch))
	}
	if err != nil {
		return fmt.Errorf("runner.options.worker_binary: %s is no Go program: %w; build it: %s", path, err, buildCommand(arch))
	}
	if why := unfit(build, own, arch); why != "" {
		if path == self {
			return fmt.Errorf("runner.options.worker_binary is missing, and this program %s; build one: %s", why, buildCommand(arch))
		}
		return fmt.Errorf("runner.options.worker_binary: %s %s; build it: %s", path, why, buildCommand(arch))
	}
	setOption("worker_binary", path)
	return nil
}

func buildCommand(arch string) string {
	return "CGO_ENABLED=0 GOOS=linux GOARCH=" + arch + " go build -trimpath -ldflags='-s -w' -o worker ./pipelines/curate"
}

// unfit says why a program cannot be the worker of this one; empty when it can.
func unfit(build, own *debug.BuildInfo, arch string) string {
	set := settings(build)
	os, cpu := set["GOOS"], set["GOARCH"]
	switch {
	case build.Path != own.Path:
		return fmt.Sprintf("is another program (%s, not %s)", build.Path, own.Path)
	case os != "linux" || cpu != arch:
		return fmt.Sprintf("is for %s/%s, workers are linux/%s", os, cpu, arch)
	case set["CGO_ENABLED"] != "0":
		return "was built with cgo, for which workers may lack the C library"
	}
	if theirs, ours := set["vcs.revision"], settings(own)["vcs.revision"]; theirs != "" && ours != "" && theirs != ours {
		return fmt.Sprintf("was built from revision %.12s, this program from %.12s", theirs, ours)
	}
	return ""
}

func settings(b *debug.BuildInfo) map[string]string {
	m := map[string]string{}
	for _, s := range b.Settings {
		m[s.Key] = s.Value
	}
	return m
}
