package runners

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/util/hooks"
	fnpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/fnexecution_v1"
)

// A worker process starts in a folder of its own, but the paths of a
// configuration are from where the driver was started: workers go there. The
// paths themselves stay as they are, because they are part of what comes out.
const folderHook = "leveler_folder"

func init() {
	hooks.RegisterHook(folderHook, func(folder []string) hooks.Hook {
		return failing(func() string {
			if len(folder) != 1 {
				return ""
			}
			err := os.Chdir(folder[0])
			if err == nil {
				return ""
			}
			host, _ := os.Hostname()
			return fmt.Sprintf("the worker on %s does not see the driver's folder %s (%v), from which the configuration's relative paths go; mount the same storage there under the same name, or use gs://",
				host, folder[0], errors.Unwrap(err))
		})
	})
}

// failing lets every bundle of a worker fail for which check finds a fault. An error
// of the hook itself the harness would log, and end, and the user never see it.
func failing(check func() string) hooks.Hook {
	var fault string
	return hooks.Hook{
		Init: func(ctx context.Context) (context.Context, error) {
			fault = check()
			return ctx, nil
		},
		Resp: func(_ context.Context, req *fnpb.InstructionRequest, resp *fnpb.InstructionResponse) error {
			if fault != "" && req.GetProcessBundle() != nil && resp != nil {
				resp.Error = "\n" + fault // the engine puts something before the first line
			}
			return nil
		},
	}
}

// followFolder sends workers to the driver's folder when a path needs it.
func followFolder(f Folders) error {
	for _, path := range slices.Concat(f.Input, slices.Collect(maps.Values(f.Models)), []string{f.Work, f.Output}) {
		if path == "" || strings.Contains(path, "://") || filepath.IsAbs(path) {
			continue
		}
		folder, err := os.Getwd()
		if err != nil {
			return err
		}
		return hooks.EnableHook(folderHook, folder)
	}
	return nil
}
