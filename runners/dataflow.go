package runners

import (
	"context"
	"errors"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// dataflow runs jobs on Dataflow.
type dataflow struct{}

var _ Runner = dataflow{}

// IterationsPerJob is how many passes are unrolled.
func (dataflow) IterationsPerJob() int { return 25 }

// InProcess is false.
func (dataflow) InProcess() bool { return false }

// Preflight refuses.
func (dataflow) Preflight(context.Context, Folders) error {
	return errors.New("runner.name: dataflow is not built yet; use direct or prism")
}

// Submit is not built yet.
func (dataflow) Submit(context.Context, *beam.Pipeline, string) (string, error) {
	return "", errors.ErrUnsupported
}

// State is not built yet.
func (dataflow) State(context.Context, string) (State, error) { return State{}, errors.ErrUnsupported }

// Cancel is not built yet.
func (dataflow) Cancel(context.Context, string) error { return errors.ErrUnsupported }

// Find is not built yet.
func (dataflow) Find(context.Context, string) (string, error) { return "", errors.ErrUnsupported }
