package pipelines

import (
	"context"
	"time"

	"leveler/internal/ledger"
	"leveler/runners"
)

// askLimit is how long an engine may take to say how a job is.
const askLimit = 10 * time.Second

// jobStatus is the line of the last job that a folder's runs handed to an
// engine. Where nobody has seen its end, the engine is asked; an engine that
// cannot be asked is no reason not to tell the rest.
func jobStatus(ctx context.Context, dir string) ([]StageStatus, error) {
	j, err := ledger.LastJob(dir)
	if err != nil || j == nil {
		return nil, err
	}
	line := StageStatus{Name: "job of " + j.Stage, State: j.Ended, Detail: j.Name + " on " + j.Runner}
	if j.ID != "" {
		line.Detail += ", id " + j.ID
	}
	line.Detail += ", submitted " + j.Submitted.UTC().Format(time.RFC3339)
	if j.Error != "" {
		line.Detail += ": " + cause(j.Error)
	}
	if j.Ended == "" {
		var more string
		line.State, more = askEngine(ctx, j)
		line.Detail += more
	}
	return []StageStatus{line}, nil
}

// askEngine returns the state of a job that nobody has seen end, and what else
// there is to say.
func askEngine(ctx context.Context, j *ledger.Job) (state, more string) {
	if j.ID == "" {
		return "unknown", "; the driver ended before it had the job's id: the next run looks for it"
	}
	engine, err := runners.Find(j.Runner)
	var st runners.State
	if err == nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, askLimit)
		defer stop()
		st, err = engine.State(ctx, j.ID)
	}
	switch {
	case err != nil:
		return "unknown", "; the engine cannot be asked: " + cause(err.Error())
	case st.Status == runners.Failed:
		return string(st.Status), ": " + cause(st.Trace)
	}
	if st.Engine != "" {
		more = " (" + st.Engine + ")"
	}
	if st.Status == runners.Running {
		if trouble, err := engine.Trouble(ctx, j.ID); err == nil && trouble != "" {
			more += "; a part of it is done again: " + cause(trouble)
		}
	}
	return string(st.Status), more
}
