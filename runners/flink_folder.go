package runners

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/util/hooks"
)

// A worker process starts in a folder of its own, but the paths of a
// configuration are from where the driver was started: workers go there. The
// paths themselves stay as they are, because they are part of what comes out.
const folderHook = "leveler_folder"

func init() {
	hooks.RegisterHook(folderHook, func(folder []string) hooks.Hook {
		return hooks.Hook{Init: func(ctx context.Context) (context.Context, error) {
			if len(folder) == 1 {
				_ = os.Chdir(folder[0]) // where it is missing, the files that are asked for are named as missing
			}
			return ctx, nil
		}}
	})
}

// followFolder sends workers to the driver's folder when a path needs it.
func followFolder(f Folders) error {
	for _, path := range slices.Concat(f.Input, []string{f.Work}) {
		if strings.Contains(path, "://") || filepath.IsAbs(path) {
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
