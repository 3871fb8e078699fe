package pipelines

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/configs"
	"leveler/internal/ledger"
	"leveler/internal/store"
	"leveler/runners"
)

// planned is a run as far as it can be told before it happens.
type planned struct {
	stages []plannedStage
	jobs   int
	least  bool // jobs may be more: how many depends on what nobody knows yet
	first  *plannedJob
	blind  error // why the input could not be looked at
}

// plannedStage is a line of the plan.
type plannedStage struct{ name, state, work, jobs string }

// plannedJob is a job that would be submitted.
type plannedJob struct {
	plan  *ledger.Plan
	part  string
	build func(beam.Scope)
}

// add adds a stage that is to be done in so many jobs.
func (p *planned) add(name, work string, jobs int) {
	p.stages = append(p.stages, plannedStage{name, "to do", work, fmt.Sprint(jobs)})
	p.jobs += jobs
}

// done adds a stage that is finished.
func (p *planned) done(name, work string) {
	p.stages = append(p.stages, plannedStage{name, "finished", work, "0"})
}

// next keeps the first job.
func (p *planned) next(plan *ledger.Plan, part string, build func(beam.Scope)) {
	if p.first == nil {
		p.first = &plannedJob{plan, part, build}
	}
}

// Plan writes what Curate would do, and does none of it: nothing is submitted,
// locked or written. Where the input cannot be looked at, for lack of
// credentials perhaps, it tells what the configuration alone says.
func (r *Run) Plan(ctx context.Context, w io.Writer) error {
	var err error
	if r.runner, err = runners.Find(r.Config.Runner.Name); err != nil {
		return err
	}
	r.ledger = &ledger.Ledger{Dir: r.Config.Work.Dir}
	p := new(planned)
	if err := r.planStages(p); err != nil {
		return err
	}
	var b strings.Builder
	r.tell(&b, p)
	if p.first != nil {
		if err := r.tellJob(ctx, &b, p.first); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, b.String())
	return err
}

func (r *Run) tell(b *strings.Builder, p *planned) {
	n := r.iterationsPerJob()
	fmt.Fprintf(b, "The plan for %s, with %d iterations in a job at most. Nothing is submitted or written.\n\n", r.Config.Runner.Name, n)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "stage\tstate\twork\tjobs")
	for _, s := range p.stages {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.name, s.state, s.work, s.jobs)
	}
	_ = t.Flush()
	about := "About"
	if p.least {
		about = "At least"
	}
	fmt.Fprintf(b, "\n%s %d jobs, one after another. A fit that converges before its last iteration needs\nfewer, one that has to move empty clusters may need more; a rerun goes on where a run\nstopped.\n", about, p.jobs)
	if p.blind != nil {
		fmt.Fprintf(b, "\nThe input cannot be looked at from here, so its rows are not known: %v\n", p.blind)
	}
}

// tellJob tells what the first job is and what would be sent for it.
func (r *Run) tellJob(ctx context.Context, b *strings.Builder, j *plannedJob) error {
	key, err := j.plan.Key()
	if err != nil {
		return err
	}
	name := jobName(r.Config.Work.Dir, key, j.plan.Name, j.part)
	engine, ok := r.runner.(runners.Requester)
	if !ok {
		fmt.Fprintf(b, "\nThe first job: %s.\n", name)
		return nil
	}
	pipeline, s := beam.NewPipelineWithRoot()
	j.build(s)
	req, err := engine.Request(ctx, pipeline, name, r.folders())
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\nThe first job: %s. Its graph has %.1f kB, of at most %.0f MB. Its request:\n\n%s\n", name, float64(req.GraphBytes)/1e3, float64(req.MaxGraphBytes)/1e6, req.JSON)
	if req.Missing != nil {
		fmt.Fprintf(b, "\nBefore it can be submitted: %v\n", req.Missing)
	}
	return nil
}

// folders are the places that workers read and write.
func (r *Run) folders() runners.Folders {
	f := runners.Folders{Input: r.Config.Input.Path, Work: r.Config.Work.Dir}
	if len(r.Config.Output.Copies()) > 0 {
		f.Output = r.Config.Output.Dir
	}
	if e := r.Config.Embed; e.Kind == configs.EmbedONNX {
		f.Models = map[string]string{"embed.model": e.Model}
		for key, path := range map[string]string{"embed.tokenizer": e.Tokenizer, "embed.preprocessor": e.Preprocessor, "embed.runtime_library": e.RuntimeLibrary} {
			if strings.Contains(path, "/") { // a library's mere name the worker's system looks for
				f.Models[key] = path
			}
		}
	}
	return f
}

// onBucket tells whether any of the paths is a URL: such a place may be out of
// reach from here and not from the workers.
func onBucket(paths []string) bool {
	return slices.ContainsFunc(paths, store.IsRemote)
}
