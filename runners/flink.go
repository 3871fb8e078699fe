package runners

import (
	"context"
	"errors"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// flink runs jobs on Flink.
type flink struct{}

var _ Runner = flink{}

// IterationsPerJob is how many passes are unrolled.
func (flink) IterationsPerJob() int { return 10 }

// InProcess is false.
func (flink) InProcess() bool { return false }

// Preflight refuses.
func (flink) Preflight(context.Context, Folders) error {
	return errors.New("runner.name: flink is not built yet; use direct or prism")
}

// Submit is not built yet.
func (flink) Submit(context.Context, *beam.Pipeline, string) (string, error) {
	return "", errors.ErrUnsupported
}

// State is not built yet.
func (flink) State(context.Context, string) (State, error) { return State{}, errors.ErrUnsupported }

// Cancel is not built yet.
func (flink) Cancel(context.Context, string) error { return errors.ErrUnsupported }

// Find is not built yet.
func (flink) Find(context.Context, string) (string, error) { return "", errors.ErrUnsupported }
