package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/ledger"
	"leveler/internal/store"
	"leveler/runners"
)

// job runs one pipeline of the current stage to its end; part names it among
// the stage's jobs. That it returns no error means that the engine says so: the
// caller verifies what the job left.
func (r *Run) job(ctx context.Context, part string, build func(beam.Scope)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p, s := beam.NewPipelineWithRoot()
	build(s)
	if r.runner.InProcess() {
		if _, err := r.runner.Submit(ctx, p, ""); err != nil {
			return &JobError{err}
		}
		return nil
	}
	key, err := r.plan.Key()
	if err != nil {
		return err
	}
	j := &ledger.Job{
		Stage: r.plan.Name, Key: key, Runner: r.Config.Runner.Name,
		Name: jobName(r.Config.Work.Dir, key, r.plan.Name, part), Submitted: time.Now().UTC().Round(time.Second),
	}
	if err := r.ledger.SaveJob(j); err != nil {
		return err
	}
	if j.ID, err = r.runner.Submit(ctx, p, j.Name); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx) // it may run all the same: the next run asks for a job of its name
		}
		return r.ended(j, runners.State{Status: runners.Failed}, &JobError{err})
	}
	if err := r.ledger.SaveJob(j); err != nil {
		return errors.Join(err, r.cancel(ctx, r.runner, j))
	}
	return r.await(ctx, r.runner, j)
}

// jobName is the same whenever the same folder comes to the same job, and
// another for every other: [a-z0-9-], at most 63 characters.
func jobName(dir, key, stage, part string) string {
	if !store.IsRemote(dir) {
		host, _ := os.Hostname()
		if abs, err := filepath.Abs(dir); err == nil {
			dir = abs
		}
		dir = host + ":" + dir
	}
	sum := sha256.Sum256([]byte(dir + "\n" + key))
	return fmt.Sprintf("leveler-%s-%s-%s", stage, part, hex.EncodeToString(sum[:6]))
}

// await follows a job to its end, and cancels it when ctx ends first.
func (r *Run) await(ctx context.Context, engine runners.Runner, j *ledger.Job) error {
	st, err := r.follow(ctx, engine, j)
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), r.cancel(ctx, engine, j))
	}
	if err != nil {
		return err
	}
	switch st.Status {
	case runners.Done:
		return r.ended(j, st, nil)
	case runners.Failed:
		return r.ended(j, st, &JobError{errors.New(st.Trace)})
	case runners.Cancelled:
		return r.ended(j, st, fmt.Errorf("job %s was cancelled on %s; run the same command again to go on", j.ID, j.Runner))
	}
	return r.ended(j, st, fmt.Errorf("%s knows no job %s any more; run the same command again to go on", j.Runner, j.ID))
}

// ended keeps what became of a job. Where that cannot be kept either, as on a full
// disk, the job's own error says more, and the next run asks the engine.
func (r *Run) ended(j *ledger.Job, st runners.State, err error) error {
	j.Ended, j.Metrics = string(st.Status), st.Metrics
	if err != nil {
		j.Error = err.Error()
	}
	if saved := r.ledger.SaveJob(j); err == nil {
		return saved
	}
	return err
}

// Polling an engine: a fiftieth of the time a job has taken, within bounds, and
// how long an engine may be out of reach before the driver gives up.
const (
	pollLeast    = 100 * time.Millisecond
	pollMost     = 10 * time.Second
	troublePause = 2 * time.Second // between questions about what goes wrong
	outOfReach   = 2 * time.Minute
	cancelLimit  = 5 * time.Minute // Dataflow takes minutes to stop its workers
)

// follow polls a job until it ends, and tells the user why the engine does a part
// of it again: it may go on so for minutes before it gives up.
func (r *Run) follow(ctx context.Context, engine runners.Runner, j *ledger.Job) (runners.State, error) {
	began, reached := time.Now(), time.Now()
	asked, told := began, ""
	for {
		st, err := engine.State(ctx, j.ID)
		now := time.Now()
		if err == nil {
			reached = now
		}
		if err == nil && st.Status != runners.Running {
			return st, nil
		}
		if now.Sub(asked) > troublePause {
			asked = now
			if trouble, err := engine.Trouble(ctx, j.ID); err == nil && trouble != "" && cause(trouble) != told {
				told = cause(trouble)
				r.note("%s does a part of job %s again: %s", j.Runner, j.ID, told)
			}
		}
		if err != nil && now.Sub(reached) > outOfReach {
			return st, fmt.Errorf("%s cannot be reached any more (job %s may go on there): %w; run the same command again to go on", j.Runner, j.ID, err)
		}
		pause := min(max(now.Sub(began)/50, pollLeast), pollMost)
		select {
		case <-ctx.Done():
			return st, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// cancel ends a job and waits until it has ended.
func (r *Run) cancel(ctx context.Context, engine runners.Runner, j *ledger.Job) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelLimit)
	defer stop()
	if err := engine.Cancel(ctx, j.ID); err != nil {
		return fmt.Errorf("job %s on %s could not be cancelled: %w", j.ID, j.Runner, err)
	}
	st, err := r.follow(ctx, engine, j)
	if err != nil {
		return fmt.Errorf("job %s on %s was told to end and has not within %v: %w", j.ID, j.Runner, cancelLimit, err)
	}
	return r.ended(j, st, nil)
}

// settle deals, before a stage begins, with a job that an earlier run of this
// folder left on an engine: one of the same stage is followed to its end, any
// other is cancelled. Two jobs never work on one folder.
func (r *Run) settle(ctx context.Context, p *ledger.Plan) error {
	j := r.left
	if j == nil || j.Ended != "" {
		return nil
	}
	engine, err := runners.Find(j.Runner)
	if err != nil {
		return err
	}
	if j.ID == "" {
		if j.ID, err = engine.Find(ctx, j.Name); err != nil {
			return r.unasked(j, j.Name, err)
		}
	}
	r.left = nil
	if j.ID == "" {
		return nil
	}
	st, err := engine.State(ctx, j.ID)
	if err != nil {
		return r.unasked(j, j.ID, err)
	}
	if st.Status != runners.Running {
		return r.ended(j, st, nil)
	}
	key, err := p.Key()
	if err != nil {
		return err
	}
	if key != j.Key {
		r.note("job %s of an earlier run is of no use any more: cancelling it", j.ID)
		return r.cancel(ctx, engine, j)
	}
	r.note("job %s of the last run is still running: waiting for it", j.ID)
	st, err = r.follow(ctx, engine, j)
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), r.cancel(ctx, engine, j))
	}
	if err != nil {
		return err
	}
	return r.ended(j, st, nil) // whatever it left, the stage goes on from there
}

// unasked says what to do about a job that may still write to the work folder.
func (r *Run) unasked(j *ledger.Job, job string, err error) error {
	return fmt.Errorf("an earlier run may have left job %s on %s, which cannot be asked: %w; start %s again, with its options set, for this run to deal with the job; "+
		"or, if it has surely ended, remove %s", job, j.Runner, err, j.Runner, store.Join(r.Config.Work.Dir, "job.json"))
}

// note tells the user something between the lines of progress.
func (r *Run) note(format string, args ...any) {
	_, _ = fmt.Fprintf(r.Progress, format+"\n", args...) // no reason to stop a run
}

// JobError is an engine's error: a chain of wrappings around ours.
type JobError struct{ Err error }

// Error is the innermost line, the one that names file and row; the engine's
// trace is what Unwrap returns.
func (e *JobError) Error() string { return cause(e.Err.Error()) }

// cause is the line of an engine's text that says what was wrong.
func cause(text string) string {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if strings.HasPrefix(line, "caused by:") || line == "" || strings.HasPrefix(line, "Full error:") {
			continue
		}
		return line
	}
	return text
}

// Unwrap returns the engine's error.
func (e *JobError) Unwrap() error { return e.Err }
