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
	if err := r.runner.Preflight(ctx, runners.Folders{Input: r.Config.Input.Path, Work: r.Config.Work.Dir, Output: r.Config.Output.Dir}); err != nil {
		return err
	}
	if err := errors.Join(checkLocal("work.dir", r.Config.Work.Dir), checkLocal("output.dir", r.Config.Output.Dir)); err != nil {
		return err
	}
	if err := checkWritable(r.Config.Output.Dir); err != nil {
		return fmt.Errorf("output.dir: cannot write to %s: %w", r.Config.Output.Dir, err)
	}
	if err := r.checkCopies(); err != nil {
		return err
	}
	if r.ledger, err = ledger.Open(r.Config.Work.Dir); err != nil {
		return err
	}
	if r.left, err = ledger.LastJob(r.Config.Work.Dir); err == nil {
		err = sweepOutput(r.Config.Output.Dir)
	}
	if err != nil {
		return errors.Join(err, r.ledger.Close())
	}
	return nil
}

// checkLocal refuses a URL, of which MkdirAll would make a folder "gs:".
func checkLocal(key, dir string) error {
	if scheme, _, ok := strings.Cut(dir, "://"); ok {
		return fmt.Errorf("%s: %s: storage %s:// is not built yet; use a local folder", key, dir, scheme)
	}
	return nil
}

// checkWritable tries what publishing will do, before hours of work.
func checkWritable(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	var f *os.File
	if err == nil {
		f, err = os.CreateTemp(dir, ".probe-*"+temporarySuffix)
	}
	if err == nil {
		return errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		return pe.Err // the caller names the folder
	}
	return err
}

// temporarySuffix ends the names of files that are being written (internal/store).
const temporarySuffix = ".leveler-tmp"

// sweepOutput removes what a killed run was publishing. It looks at no folder
// below: the output folder may hold anything.
func sweepOutput(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("output.dir: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), temporarySuffix) {
			if err := store.Remove(store.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Run) saveConfig() error {
	b, err := r.Config.Marshal()
	if err != nil {
		return err
	}
	_, err = store.Publish(store.Join(r.Config.Work.Dir, "run.yaml"), func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
	return err
}

// threads is how many goroutines a worker uses.
func (r *Run) threads() int {
	if n := r.Config.Resources.Threads; n > 0 {
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
