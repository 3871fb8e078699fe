package pipelines

import (
	"context"
	"errors"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/ledger"
	"leveler/internal/progress"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/sample"
	"leveler/transforms/write"
)

// sampleVersion is raised when the same tree would give another selection.
const sampleVersion = 1

// selection is what sampling leaves.
type selection struct {
	Plan   store.Ref    `json:"plan"`
	Parts  []write.Part `json:"parts"`
	Rows   int64        `json:"rows"`
	Copies int64        `json:"copies"`

	key    string
	leaves *sample.Leaves
	tree   sample.Params
}

// sampleParams is what a selection depends on.
type sampleParams struct {
	TargetSize int64
	Multiplier int64
	Strategy   string
	Seed       uint64
	Valid      string `json:",omitempty"`
}

// samplePlan is the stage that samples a tree; valid is the digest of the rows
// that may be selected.
func (r *Run) samplePlan(in *input, tree []level, valid string) *ledger.Plan {
	c := r.Config.Sample
	plan := &ledger.Plan{
		Name: "sample", Version: sampleVersion,
		Params: sampleParams{c.TargetSize, int64(c.Multiplier), c.SamplingStrategy, r.Config.SampleSeed(), valid},
		Inputs: []string{in.set.Digest, tree[0].Centroids.SHA256, tree[0].Sizes.SHA256},
	}
	for _, lv := range tree[1:] {
		plan.Inputs = append(plan.Inputs, lv.Labels.SHA256)
	}
	return plan
}

// sample draws the selection from the tree.
func (r *Run) sample(ctx context.Context, in *input, tree []level) (*selection, error) {
	c := r.Config.Sample
	valid, err := r.indices("sample.valid_indices_path", c.ValidIndicesPath, in.InputRows)
	if err != nil {
		return nil, err
	}
	p := sample.Params{
		Seed: r.Config.SampleSeed(), TargetSize: c.TargetSize, Multiplier: int64(c.Multiplier), Strategy: c.SamplingStrategy,
		Sizes: tree[0].Sizes, Valid: valid.Path,
	}
	plan := r.samplePlan(in, tree, valid.SHA256)
	for i, lv := range tree {
		p.Widths = append(p.Widths, lv.Params.NClusters)
		if i > 0 {
			p.Parents = append(p.Parents, lv.Labels)
		}
	}
	sel, s, err := stage(ctx, r, plan, "Sampling", c.TargetSize, "rows", func(dir string, bar *progress.Stage) ([]store.Ref, selection, error) {
		p.Dir = dir
		if err := r.ledger.Sweep(plan, nil); err != nil { // an earlier attempt's plan
			return nil, selection{}, err
		}
		sel, err := r.buildSelection(ctx, p, in, tree[0])
		bar.Set(sel.Copies)
		return sel.outputs(), sel, err
	})
	if err != nil {
		return nil, err
	}
	sel.key, sel.tree = s.Key, p
	planned, err := sample.ReadPlan(sel.Plan.Path)
	if err != nil {
		return nil, err
	}
	sel.leaves, err = planned.Read()
	return &sel, err
}

func (r *Run) buildSelection(ctx context.Context, p sample.Params, in *input, leaf level) (sel selection, err error) {
	carry := leaf.Carry
	if leaf.Manifest.SHA256 != in.Manifest.SHA256 {
		if carry, err = recut(p.Dir, carry, in.set.Shards); err != nil {
			return sel, err
		}
	}
	var shards []sample.Shard
	for i, sh := range in.set.Shards {
		s := sample.Shard{Shard: sh}
		if i < len(carry) {
			s.Labels, s.D2 = carry[i].Labels, carry[i].D2
		}
		shards = append(shards, s)
	}
	if p.Shards, err = sample.CommitShards(p.Dir, shards); err != nil {
		return sel, err
	}
	err = r.job(ctx, "rows", samplePipeline(p))
	if err != nil {
		return sel, err
	}
	plan, ref, err := sample.FindPlan(p.Dir)
	if err != nil {
		return sel, err
	}
	if plan == nil {
		return sel, errors.New("the engine reported success but left no sampling plan")
	}
	if plan.Failure != "" {
		return sel, errors.New(plan.Failure)
	}
	sel.Plan = ref
	sel.Parts, _, err = collect.Find[write.Part](p.Dir, "parts")
	for _, part := range sel.Parts {
		sel.Rows += part.Rows
		sel.Copies += part.Copies
	}
	if err == nil && sel.Copies != p.TargetSize {
		err = errors.New("internal error: the selection does not have target_size rows; please report it")
	}
	return sel, err
}

func samplePipeline(p sample.Params) func(beam.Scope) {
	return func(s beam.Scope) {
		collect.Manifest(s, write.Selection(s, sample.Cuts(s, p), p), p.Dir, "parts")
	}
}

// outputs are all files of the selection.
func (s *selection) outputs() []store.Ref {
	if s.Plan.IsZero() {
		return nil
	}
	plan, err := sample.ReadPlan(s.Plan.Path)
	if err != nil {
		return nil
	}
	out := []store.Ref{s.Plan, plan.Capacity, plan.Copies, plan.Probability, plan.Cuts}
	for _, p := range s.Parts {
		if !p.File.IsZero() {
			out = append(out, p.File)
		}
	}
	return out
}
