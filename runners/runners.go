// Package runners runs Beam pipelines as jobs on an engine: in this process
// (direct, prism), on a Flink cluster, or on Dataflow. Each engine says what it
// needs before anything is submitted.
package runners

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

// Runner is an engine. A job is a pipeline that was submitted to one.
type Runner interface {
	// IterationsPerJob is how many passes one pipeline holds, unless configured.
	IterationsPerJob() int
	// InProcess tells that jobs run in this process and end with it: Submit returns
	// at a job's end, and there is nothing to find, cancel or go on with.
	InProcess() bool
	// Preflight says what is missing before a job is submitted, and what to do. It
	// is called once, after the options are set.
	Preflight(ctx context.Context, f Folders) error
	// Submit hands a pipeline to the engine and returns the engine's id of the job,
	// to be kept before anything else is done. The name is unique among a work
	// folder's jobs and made of [a-z0-9-], at most 63 characters, the first a letter.
	Submit(ctx context.Context, p *beam.Pipeline, name string) (id string, err error)
	// State asks the engine about a job. An error means that it could not be asked.
	State(ctx context.Context, id string) (State, error)
	// Trouble is what last went wrong in a job that goes on, in the engine's words:
	// why it has done a part of it again. It is empty where nothing has.
	Trouble(ctx context.Context, id string) (string, error)
	// Cancel asks the engine to end a job; State tells when it has. A job that has
	// ended already is no error.
	Cancel(ctx context.Context, id string) error
	// Find returns the id of the job of that name that has not ended; empty where
	// there is none. A driver that was killed between submitting a job and keeping
	// its id finds it so.
	Find(ctx context.Context, name string) (id string, err error)
}

// Requester is a Runner that can show what it would submit.
type Requester interface {
	// Request is what Submit would send. It sends nothing and needs no credentials.
	Request(ctx context.Context, p *beam.Pipeline, name string, f Folders) (*Request, error)
}

// Request is a job as it would be submitted.
type Request struct {
	JSON          string
	GraphBytes    int // of the graph, which is staged apart
	MaxGraphBytes int // that the engine takes
	// Missing is what a submission would still lack; nil where it lacks nothing.
	Missing error
}

// Folders are the places that a run's workers read and write.
type Folders struct {
	Input  []string
	Work   string
	Output string // empty where only the driver writes there
	// Models are the files that an embedder opens, by their key in the configuration.
	Models map[string]string
}

// Status is what has become of a job.
type Status string

// The statuses of a job.
const (
	Running   Status = "running" // waiting and ending too
	Done      Status = "done"    // by the engine's word: the driver verifies what it left
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
	Unknown   Status = "unknown" // the engine has no such job (any more)
)

// State is a job's status with what the engine says about it.
type State struct {
	Status Status
	Engine string // the engine's own word for it
	Trace  string // of a failed job: the engine's error, whole
	// Metrics are the counters of a job that has ended, by name, where the engine
	// tells them.
	Metrics map[string]float64
}

// kinds are the runners by the name they have in the configuration.
var kinds = map[string]Runner{
	"direct":   inProcess("direct"),
	"prism":    inProcess("prism"),
	"flink":    new(flink),
	"dataflow": new(dataflow),
}

// Find returns the runner of that name.
func Find(name string) (Runner, error) {
	r, ok := kinds[name]
	if !ok {
		return nil, fmt.Errorf("runner.name must be one of %s (got %q)", strings.Join(slices.Sorted(maps.Keys(kinds)), ", "), name)
	}
	return r, nil
}
