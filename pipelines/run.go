package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"leveler/internal/ledger"
	"leveler/internal/progress"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/runners"
)

// open takes the work folder and checks what a run needs before it begins.
func (r *Run) open(ctx context.Context) (err error) {
	r.started = time.Now()
	if r.runner, err = runners.Find(r.Config.Runner.Name); err != nil {
		return err
	}
	if err := r.checkWork(); err != nil { // before anything is put there
		return err
	}
	if err := r.runner.Preflight(ctx, r.folders()); err != nil {
		return err
	}
	if err := store.Probe(r.Config.Output.Dir); err != nil {
		return fmt.Errorf("output.dir: cannot write to %w", err)
	}
	if err := errors.Join(r.checkCopies(), r.checkOutputs()); err != nil {
		return err
	}
	if err := r.takeFolder(ctx); err != nil {
		return err
	}
	if err := r.readPublic(); err != nil {
		return errors.Join(err, r.ledger.Close())
	}
	if r.left, err = ledger.LastJob(r.Config.Work.Dir); err == nil {
		err = errors.Join(r.sweepOutput(), r.beginOutputs())
	}
	if err != nil {
		return errors.Join(err, r.ledger.Close())
	}
	return nil
}

// takeFolder opens the ledger. It counts down, as a stage of its own, to the end
// of a lease that a driver on another machine left.
func (r *Run) takeFolder(ctx context.Context) (err error) {
	var bar *progress.Stage
	r.ledger, err = ledger.Open(ctx, r.Config.Work.Dir, func(holder string, left, whole time.Duration) {
		if bar == nil {
			bar = r.Progress.Stage("Waiting for the lease of "+holder+" to end", int64(whole/time.Second), "s")
		}
		bar.Set(int64((whole - left) / time.Second))
	})
	if bar != nil && err == nil {
		bar.Done("")
	} else if bar != nil {
		bar.Fail()
	}
	return err
}

// sweepOutput removes what a killed run was publishing to a local folder. It
// looks at no folder below: the output folder may hold anything.
func (r *Run) sweepOutput() error {
	dir := r.Config.Output.Dir
	if store.IsRemote(dir) {
		return nil // there a file appears when it is whole
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("output.dir: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), temporarySuffix) {
			if err := r.ledger.Remove(store.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// temporarySuffix ends the names of files that are being written (internal/store).
const temporarySuffix = ".leveler-tmp"

func (r *Run) saveConfig() error {
	b, err := r.Config.Marshal()
	if err != nil {
		return err
	}
	return r.publish("run.yaml", func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

// readCache is what workers may keep on their disks.
func (r *Run) readCache() store.ReadCache {
	return store.ReadCache{Run: r.Config.Work.Dir, Bytes: int64(r.Config.Resources.ReadCacheBytes)}
}

// threads is how many goroutines a worker uses; 0, for workers elsewhere, means
// as many as they have processors.
func (r *Run) threads() int {
	if n := r.Config.Resources.Threads; n > 0 || !r.runner.InProcess() {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// stage runs one stage unless it is finished: build does the work and returns
// the stage's outputs and its result, of type T.
func stage[T any](ctx context.Context, r *Run, p *ledger.Plan, title string, total int64, unit string, build func(dir string, bar *progress.Stage) ([]store.Ref, T, error)) (result T, s *ledger.Stage, err error) {
	started := time.Now()
	bar := r.Progress.Stage(title, total, unit)
	if s, err = r.ledger.Find(p); err != nil {
		bar.Fail()
		return result, nil, err
	}
	if s != nil {
		bar.Skip("already done")
		r.stages = append(r.stages, report.Stage{Name: p.Name, Seconds: s.Seconds, Reused: true})
		return result, s, unmarshal(s, &result)
	}
	if err := r.mayBuild(p); err != nil {
		bar.Fail()
		return result, nil, err
	}
	dir, err := r.ledger.Objects(p)
	if err == nil {
		err = r.settle(ctx, p)
	}
	if err != nil {
		bar.Fail()
		return result, nil, err
	}
	r.plan = p
	outputs, result, err := build(dir, bar)
	if err != nil {
		bar.Fail()
		return result, nil, err
	}
	if s, err = r.ledger.Finish(p, outputs, result, time.Since(started)); err != nil {
		bar.Fail()
		return result, nil, err
	}
	bar.Done("")
	r.stages = append(r.stages, report.Stage{Name: p.Name, Seconds: s.Seconds})
	return result, s, nil
}

// watch calls poll twice a second until the returned function is called: on
// every engine, progress is what workers have committed.
func watch(poll func()) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(500 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-quit:
				return
			case <-t.C:
				poll()
			}
		}
	}()
	return func() { close(quit); <-done }
}
