package runners

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
)

// Preflight says what a Flink run lacks, all of it. Whether the workers see the
// work folder they say themselves (flink_worker.go).
func (f *flink) Preflight(ctx context.Context, folders Folders) error {
	f.work = folders.Work
	faults := []error{
		checkEnvironment(*jobopts.EnvironmentType, *jobopts.EnvironmentConfig),
		workerBinary(clusterArch(ctx)), followFolder(folders),
	}
	_, err := flinkJobOptions("preflight")
	faults = append(faults, err)
	if *jobopts.Endpoint == "" {
		faults = append(faults, errors.New("runner.options.endpoint: missing; set -endpoint to the address (host:port) of Beam's Flink job server; see docs/flink.md"))
	} else {
		_, err := f.client(ctx)
		faults = append(faults, err)
	}
	return errors.Join(append(faults, checkCluster(ctx))...)
}

// checkEnvironment refuses the ways to start workers that cannot work on a
// cluster.
func checkEnvironment(kind, config string) error {
	const key = "runner.options.environment_type"
	switch strings.ToUpper(kind) {
	case "PROCESS":
		var process struct{ Command string }
		if err := json.Unmarshal([]byte(config), &process); err != nil || process.Command == "" {
			return fmt.Errorf(`runner.options.environment_config: for PROCESS it must be JSON with the program that starts a worker on a TaskManager, as in {"command": "/opt/beam/boot"} (got %q)`, config)
		}
		return nil
	case "DOCKER":
		if config == "" {
			return fmt.Errorf("runner.options.environment_config: for DOCKER it must name the image of the workers; they see a local work.dir only where the image mounts it")
		}
		return nil
	case "EXTERNAL":
		if config == "" {
			return fmt.Errorf("runner.options.environment_config: for EXTERNAL it must be the address (host:port) of the worker pool beside each TaskManager")
		}
		return nil
	case "LOOPBACK":
		return fmt.Errorf("%s: LOOPBACK makes this process the worker of every TaskManager, and two of them collide; set PROCESS (or DOCKER, EXTERNAL), or run with -runner=direct", key)
	case "":
		return fmt.Errorf("%s: missing; set PROCESS with environment_config (or DOCKER, EXTERNAL); see docs/flink.md", key)
	}
	return fmt.Errorf("%s: must be PROCESS, DOCKER or EXTERNAL (got %q)", key, kind)
}
