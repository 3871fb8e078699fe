package pipelines

import (
	"fmt"
	"strings"

	"leveler/internal/fit"
	"leveler/internal/ledger"
	"leveler/internal/points"
	"leveler/internal/records"
	"leveler/internal/seeding"
	"leveler/internal/store"
	"leveler/transforms/decode"
	"leveler/transforms/sample"
)

// planStages goes through the stages as Curate does, looking only.
func (r *Run) planStages(p *planned) error {
	files, _, err := r.inputFiles()
	if err != nil {
		if !onBucket(r.Config.Input.Path) {
			return err
		}
		p.blind, files = err, nil
	}
	in, rows, dim, err := r.planPoints(p, files)
	if err != nil {
		return err
	}
	if rows > 0 {
		if err := r.Config.ResolveLevels(rows); err != nil {
			return err
		}
	}
	if len(r.Config.Levels) == 0 {
		p.stages = append(p.stages, plannedStage{"levels", "to do", "chosen when the rows are counted (levels: auto)", "at least 1"})
		p.jobs++
		p.least = true
		return r.planSelection(p, in, nil)
	}
	tree, err := r.planLevels(p, in, rows, dim)
	if err != nil {
		return err
	}
	return r.planSelection(p, in, tree)
}

// planSelection plans sampling, copying and writing; tree is nil before it is
// made.
func (r *Run) planSelection(p *planned, in *input, tree []level) error {
	rows := fmt.Sprintf("%d rows", r.Config.Sample.TargetSize)
	var key string // of the finished selection
	if tree != nil && r.Config.Sample.ValidIndicesPath == "" {
		plan := r.samplePlan(in, tree, "")
		s, err := r.ledger.Find(plan)
		if err != nil {
			return err
		}
		if s == nil {
			p.next(plan, "rows", samplePipeline(sample.Params{}))
		} else {
			key = s.Key
		}
	}
	if key == "" {
		p.add("sample", rows, 1)
	} else {
		p.done("sample", rows)
	}
	for _, format := range r.Config.Output.Copies() {
		var plan *ledger.Plan
		if key != "" {
			plan, _ = r.copyPlan(format, in, key)
		}
		if err := r.planOutput(p, plan, "copy-"+format, "the selected items", 1); err != nil {
			return err
		}
	}
	var plan *ledger.Plan
	if key != "" {
		plan = r.writePlan(key)
	}
	return r.planOutput(p, plan, "write", strings.Join(r.Config.Output.Formats, ", ")+" into "+r.Config.Output.Dir, 0)
}

// planOutput adds a stage that may be finished; plan is nil where it cannot be.
func (r *Run) planOutput(p *planned, plan *ledger.Plan, name, work string, jobs int) error {
	if plan != nil {
		s, err := r.ledger.Find(plan)
		if err != nil {
			return err
		}
		if s != nil {
			p.done(name, work)
			return nil
		}
	}
	p.add(name, work, jobs)
	return nil
}

// planPoints plans the making of the points. Without files nothing is known of
// the input; rows and dim are 0 where they are not known yet.
func (r *Run) planPoints(p *planned, files []records.File) (in *input, rows int64, dim int, err error) {
	model, err := ResolveModel(r.Config)
	if err != nil {
		return nil, 0, 0, err
	}
	plan, err := r.pointsPlan(files, "", model)
	if err != nil {
		return nil, 0, 0, err
	}
	what := fmt.Sprintf("%d files (%s)", len(files), r.Config.Input.Kind)
	if files == nil {
		what = fmt.Sprintf("%s (%s)", strings.Join(r.Config.Input.Path, ", "), r.Config.Input.Kind)
	}
	if files != nil && r.Config.Input.SubsetIndicesPath == "" {
		s, err := r.ledger.Find(plan)
		if err != nil {
			return nil, 0, 0, err
		}
		if s != nil {
			in = new(input)
			if err := unmarshal(s, in); err != nil {
				return nil, 0, 0, err
			}
			if in.set, err = points.ReadSet(in.Manifest.Path); err != nil {
				return nil, 0, 0, err
			}
			p.done(plan.Name, fmt.Sprintf("%d points of %d dimensions", in.set.Rows, in.set.Dim))
			return in, in.set.Rows, in.set.Dim, nil
		}
	}
	dir, err := r.ledger.Objects(plan)
	if err != nil {
		return nil, 0, 0, err
	}
	params := r.embedParams(model)
	params.Dir = dir
	if r.byReference() {
		shards := []points.Shard{{Path: r.Config.Input.Path[0], Rows: 1}} // stands for them
		if files != nil {
			if shards, dim, err = r.matrixShards(files); err != nil {
				return nil, 0, 0, err
			}
			last := shards[len(shards)-1]
			rows = last.Row + last.Rows
			what = fmt.Sprintf("%d rows of %d dimensions in %d files, %d shards", rows, dim, len(files), len(shards))
		}
		params.Dim = dim
		p.add(plan.Name, what, 1)
		p.next(plan, "rows", matrixPipeline(dir, shards, params))
		return nil, rows, dim, nil
	}
	if dim = params.Dim; dim == 0 && files != nil { // embeddings have their own
		if dim, err = r.storedDim(files); err != nil {
			return nil, 0, 0, err
		}
	}
	if dim > 0 {
		what = fmt.Sprintf("%s into %d dimensions", what, dim)
	}
	if r.recordOptions().OneRowPerFile() {
		p.add(plan.Name, what, 1)
		p.next(plan, "rows", r.recordPipeline(dir, []decode.Shard{{}}, params, r.duplicates(dir, 1, int64(len(files)))))
		return nil, int64(len(files)), dim, nil
	}
	p.add(plan.Name, what, 2)
	p.next(plan, "index", r.indexPipeline(dir, []decode.Batch{{}}, r.shardRows(max(1, dim))))
	return nil, 0, dim, nil
}

// planLevels plans the fits of the levels; in is nil before the points are made.
// It returns the tree where all of it is finished.
func (r *Run) planLevels(p *planned, in *input, rows int64, dim int) (tree []level, err error) {
	var set *points.Set // of the level; nil where it is not made yet
	var manifest store.Ref
	if in != nil {
		set, manifest = in.set, in.Manifest
	}
	for i, l := range r.Config.Levels {
		params := r.levelParams(i, l)
		what := fmt.Sprintf("%s points into %d clusters", count(rows), l.NClusters)
		if set == nil {
			p.add(levelPlan(params, "").Name, what+", "+runs(params), r.fitJobs(params, rows, dim))
			rows = int64(l.NClusters)
			continue
		}
		plan := levelPlan(params, set.Digest)
		s, err := r.ledger.Find(plan)
		if err != nil {
			return nil, err
		}
		rows = int64(l.NClusters)
		if s == nil {
			if err := r.planFit(p, params, set, manifest); err != nil {
				return nil, err
			}
			set = nil
			continue
		}
		p.done(plan.Name, what)
		var lv level
		if err := unmarshal(s, &lv); err != nil {
			return nil, err
		}
		tree = append(tree, lv)
		if set, err = r.centroidShards(lv); err != nil {
			return nil, err
		}
		manifest = store.Ref{}
	}
	if set == nil {
		return nil, nil
	}
	return tree, nil
}

// planFit plans the fit of a level whose points are there.
func (r *Run) planFit(p *planned, params fit.Params, set *points.Set, manifest store.Ref) error {
	plan := levelPlan(params, set.Digest)
	dir, err := r.ledger.Objects(plan)
	if err != nil {
		return err
	}
	st, path, err := newestState(dir, manifest, store.CheckSize)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%d points into %d clusters, %s", set.Rows, params.NClusters, runs(params))
	if st == nil {
		st, path = fit.New(manifest), store.Join(dir, "pass-000000.json")
	} else {
		what += fmt.Sprintf("; %d passes done", st.Pass)
	}
	p.add(plan.Name, what, r.fitJobs(params, set.Rows, set.Dim))
	p.next(plan, fmt.Sprintf("pass-%d", st.Pass), r.fitPipeline(r.passParams(params, dir, manifest), st, path))
	return nil
}

func count(rows int64) string {
	if rows == 0 {
		return "all"
	}
	return fmt.Sprint(rows)
}

// runs says how a level is fitted.
func runs(p fit.Params) string {
	if p.NResamplingSteps > 1 {
		return fmt.Sprintf("%d k-means runs of %d iterations", p.NResamplingSteps, p.NIters)
	}
	return fmt.Sprintf("%d iterations", p.NIters)
}

// fitJobs is about how many jobs a fit takes: each k-means run begins a job, for
// its points are drawn there, and its passes are seeding, the iterations and the
// assignment. A set that fits in one worker is fitted in one job.
func (r *Run) fitJobs(p fit.Params, rows int64, dim int) int {
	if bytes := rows * int64(dim) * 4; bytes > 0 && bytes <= int64(r.Config.Resources.FitInWorkerBytes) {
		return 1
	}
	passes := p.NIters + 1
	switch p.Seeding {
	case fit.SeedRandom:
		passes++
	case fit.SeedParallel:
		passes += 2*seeding.Rounds + 1
	}
	n := r.iterationsPerJob()
	return p.NResamplingSteps * ((passes + n - 1) / n)
}
