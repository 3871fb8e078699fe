package runners

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"
)

// TestMain is a worker's main where an engine starts the test binary as one.
func TestMain(m *testing.M) {
	flag.Parse()
	beam.Init() // does not return in a worker
	slog.SetDefault(slog.New(slog.DiscardHandler))
	beamlog.SetLogger(silent{})
	os.Exit(m.Run())
}

type silent struct{}

// Log implements Beam's Logger.
func (silent) Log(context.Context, beamlog.Severity, int, string) {}
