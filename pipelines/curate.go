// Package pipelines composes the transforms into jobs and the jobs into runs.
//
// A job is a Beam pipeline; a run is a chain of jobs. Each stage of a run has a
// key, and a stage that was finished under its key is not done again: the same
// command goes on where a killed one stopped.
package pipelines

import (
	"context"
	"time"

	"leveler/configs"
	"leveler/internal/ledger"
	"leveler/internal/progress"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/runners"
)

// Run is one run of a configuration.
type Run struct {
	Config   *configs.Config
	Progress *progress.Reporter
	Version  string // of the program, for the summary

	redraw  bool // the tree must be finished
	ledger  *ledger.Ledger
	runner  runners.Runner
	started time.Time
	stages  []report.Stage
	plan    *ledger.Plan         // of the stage that is being done
	left    *ledger.Job          // by an earlier run, perhaps still running
	public  public               // names in the work folder
	owned   owned                // files in the output folder when the run began
	written map[string]store.Ref // those of this run
}

// Curate runs every stage that is not finished yet: points, levels from the
// finest to the coarsest, selection, outputs. It returns the run's summary.
func (r *Run) Curate(ctx context.Context) (*report.Summary, error) {
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	defer r.ledger.Close() //nolint:errcheck // a lock ends with the process, a lease by itself
	s, err := r.curate(ctx)
	if ended := r.endOutputs(err == nil); err == nil && ended != nil {
		return nil, ended
	}
	return s, err
}

func (r *Run) curate(ctx context.Context) (*report.Summary, error) {
	points, err := r.points(ctx)
	if err != nil {
		return nil, err
	}
	if err := r.Config.ResolveLevels(points.set.Rows); err != nil {
		return nil, err
	}
	if !r.redraw { // run.yaml is that of the tree
		if err := r.saveConfig(); err != nil {
			return nil, err
		}
	}
	tree, err := r.cluster(ctx, points)
	if err != nil {
		return nil, err
	}
	if err := r.readCache().Drop(); err != nil { // no pass will read a shard again
		return nil, err
	}
	selection, err := r.sample(ctx, points, tree)
	if err != nil {
		return nil, err
	}
	copies, err := r.copies(ctx, points, selection)
	if err != nil {
		return nil, err
	}
	return r.write(ctx, points, tree, selection, copies)
}
