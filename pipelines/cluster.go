package pipelines

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/fit"
	"leveler/internal/ledger"
	"leveler/internal/npy"
	"leveler/internal/parallel"
	"leveler/internal/points"
	"leveler/internal/progress"
	"leveler/internal/store"
	"leveler/transforms/kmeans"
	"leveler/transforms/pass"
	"leveler/transforms/resample"
)

// fitVersion is raised when the same points would give other clusters, or a level
// is told more of.
const fitVersion = 2

// level is a finished level.
type level struct {
	Params     fit.Params      `json:"params"`
	Points     int64           `json:"points"`
	Centroids  store.Ref       `json:"centroids"`
	Sizes      store.Ref       `json:"sizes"`
	Carry      []fit.CarryRef  `json:"assignments"`
	Labels     store.Ref       `json:"labels"` // all of them, from level 2 on
	Iterations []fit.Iteration `json:"iterations"`
	Final      fit.Final       `json:"final"`
	// AssignmentsSHA256 is report.Digests' digest of them.
	AssignmentsSHA256 string    `json:"assignments_sha256"`
	Manifest          store.Ref `json:"points_manifest"`

	seconds float64
	shards  []points.Shard
}

// cluster builds the tree: each level clusters the centroids of the one below.
func (r *Run) cluster(ctx context.Context, in *input) ([]level, error) {
	set, manifest := in.set, in.Manifest
	var tree []level
	for i, l := range r.Config.Levels {
		lv, err := r.level(ctx, r.levelParams(i, l), set, manifest)
		if err != nil {
			return nil, err
		}
		tree = append(tree, lv)
		if i+1 == len(r.Config.Levels) {
			break
		}
		if set, manifest, err = r.centroidSet(lv); err != nil {
			return nil, err
		}
	}
	return tree, r.unpublishLevels(len(tree))
}

// levelParams are the parameters of the configuration's level i.
func (r *Run) levelParams(i int, p fit.Params) fit.Params {
	p.Level, p.Cosine, p.Seed = i+1, r.Config.Cosine(), r.Config.Seed
	return p
}

// levelPlan is the stage that clusters the points of a digest.
func levelPlan(p fit.Params, digest string) *ledger.Plan {
	return &ledger.Plan{Name: fmt.Sprintf("level-%d", p.Level), Version: fitVersion, Params: p, Inputs: []string{digest}}
}

// level clusters one level.
func (r *Run) level(ctx context.Context, p fit.Params, set *points.Set, manifest store.Ref) (level, error) {
	plan := levelPlan(p, set.Digest)
	title := fmt.Sprintf("Level %d: %d points into %d clusters", p.Level, set.Rows, p.NClusters)
	total := int64(p.NResamplingSteps) * int64(p.NIters)
	lv, s, err := stage(ctx, r, plan, title, total, "iterations", func(dir string, bar *progress.Stage) ([]store.Ref, level, error) {
		return r.fit(ctx, plan, dir, p, set, manifest, bar)
	})
	if err != nil {
		return level{}, err
	}
	lv.seconds, lv.shards = s.Seconds, set.Shards
	return lv, r.publishLevel(p.Level, lv)
}

// fit chains jobs from checkpoint to checkpoint until the level is done.
func (r *Run) fit(ctx context.Context, plan *ledger.Plan, dir string, p fit.Params, set *points.Set, manifest store.Ref, bar *progress.Stage) ([]store.Ref, level, error) {
	st, path, err := r.resume(plan, dir, manifest)
	if err != nil {
		return nil, level{}, err
	}
	params := r.passParams(p, dir, manifest)
	defer pass.Forget()
	poll := func() {
		if st, _, err := newestState(dir, manifest, store.CheckSize); err == nil && st != nil {
			bar.Set(int64(st.Step*p.NIters + st.Iter))
		}
	}
	stop := watch(poll)
	defer stop()
	for !st.Finished() {
		if err := r.fitJob(ctx, params, st, path); err != nil {
			return nil, level{}, err
		}
		next, nextPath, err := newestState(dir, manifest, store.CheckSize)
		if err != nil {
			return nil, level{}, err
		}
		if next == nil || next.Pass <= st.Pass && next.Phase == st.Phase {
			return nil, level{}, errors.New("the engine reported success but the fit got no further")
		}
		st, path = next, nextPath
		if err := r.sweepPasses(plan, st, path); err != nil {
			return nil, level{}, err
		}
	}
	if st.Phase == fit.PhaseFailed {
		return nil, level{}, errors.New(st.Failure)
	}
	return finishLevel(dir, p, set, st, manifest)
}

func (r *Run) passParams(p fit.Params, dir string, manifest store.Ref) pass.Params {
	return pass.Params{
		Fit: p, Manifest: manifest.Path, Dir: dir, Threads: r.threads(),
		InWorkerBytes: int64(r.Config.Resources.FitInWorkerBytes), ReadCache: r.readCache(),
	}
}

// fitJob runs one pipeline: the resampling where it is due, then passes.
func (r *Run) fitJob(ctx context.Context, p pass.Params, st *fit.State, path string) error {
	return r.job(ctx, fmt.Sprintf("pass-%d", st.Pass), r.fitPipeline(p, st, path))
}

func (r *Run) fitPipeline(p pass.Params, st *fit.State, path string) func(beam.Scope) {
	return func(s beam.Scope) {
		state := beam.Create(s, path)
		if st.Phase == fit.PhasePick || st.Phase == fit.PhaseGather {
			state = resample.Sample(s, state, p)
		}
		for range r.iterationsPerJob() {
			state = kmeans.Step(s, state, p)
		}
	}
}

func (r *Run) iterationsPerJob() int {
	if n := r.Config.Resources.IterationsPerJob; n > 0 {
		return n
	}
	return r.runner.IterationsPerJob()
}

// resume returns the state to go on from and removes everything else in dir: the
// files of checkpoints were committed as caches, so a crash of the machine may
// have torn any of them, and a torn one must not pass for one that exists.
func (r *Run) resume(plan *ledger.Plan, dir string, manifest store.Ref) (*fit.State, string, error) {
	st, path, err := newestState(dir, manifest, store.CheckDigest)
	if err != nil {
		return nil, "", err
	}
	if st != nil {
		return st, path, r.sweepPasses(plan, st, path)
	}
	if err := r.ledger.Sweep(plan, nil); err != nil {
		return nil, "", err
	}
	st = fit.New(manifest)
	ref, err := st.Commit(dir)
	return st, ref.Path, err
}

// newestState finds the checkpoint of the most passes over the set whose files
// are whole, as check finds; nil where there is none. One over other shards
// (shard_bytes may have changed) is of no use.
func newestState(dir string, manifest store.Ref, check func(store.Ref) error) (*fit.State, string, error) {
	names, err := store.List(dir)
	if err != nil {
		return nil, "", err
	}
	for _, n := range slices.Backward(names) {
		if !strings.HasPrefix(n, "pass-") {
			continue
		}
		path := store.Join(dir, n)
		st, err := fit.ReadState(path)
		if err != nil {
			continue // torn by a crash: the one before it will do
		}
		if st.Set == manifest.SHA256 && whole(st, check) {
			return st, path, nil
		}
	}
	return nil, "", nil
}

func whole(st *fit.State, check func(store.Ref) error) bool {
	for _, ref := range st.Refs() {
		if check(ref) != nil {
			return false
		}
	}
	return true
}

// sweepPasses removes what the passes before st left.
func (r *Run) sweepPasses(plan *ledger.Plan, st *fit.State, path string) error {
	return r.ledger.Sweep(plan, append(st.Refs(), store.Ref{Path: path}))
}

// finishLevel turns the last state into the level's result.
func finishLevel(dir string, p fit.Params, set *points.Set, st *fit.State, manifest store.Ref) ([]store.Ref, level, error) {
	lv := level{
		Params: p, Points: set.Rows, Centroids: st.Centroids, Sizes: st.Sizes, Carry: st.Carry,
		Iterations: st.Iterations, Final: st.Final, Manifest: manifest,
	}
	var err error
	if lv.AssignmentsSHA256, err = labelsDigest(st.Carry); err != nil {
		return nil, level{}, err
	}
	outputs := []store.Ref{lv.Centroids, lv.Sizes}
	for _, c := range lv.Carry {
		for _, ref := range []store.Ref{c.Labels, c.D2} {
			if !ref.IsZero() {
				outputs = append(outputs, ref)
			}
		}
	}
	if p.Level > 1 {
		if lv.Labels, err = joinLabels(dir, set, st.Carry); err != nil {
			return nil, level{}, err
		}
		outputs = append(outputs, lv.Labels)
	}
	return outputs, lv, nil
}

// labelsDigest is the digest of all shards' labels in their order, which does not
// tell where one shard ends and the next begins.
func labelsDigest(carry []fit.CarryRef) (string, error) {
	h := sha256.New()
	err := eachLabels(carry, func(labels []int32) error { return binary.Write(h, binary.LittleEndian, labels) })
	return hex.EncodeToString(h.Sum(nil)), err
}

// labelsAtOnce is of how many shards the driver reads the labels at a time: on object
// storage each takes some hundredths of a second.
const labelsAtOnce = 16

// eachLabels gives the labels of each shard in turn.
func eachLabels(carry []fit.CarryRef, do func([]int32) error) error {
	for some := range slices.Chunk(carry, labelsAtOnce) {
		labels := make([][]int32, len(some))
		err := parallel.Do(len(some), len(some), func(_, i int) (err error) {
			if ref := some[i].Labels; !ref.IsZero() {
				labels[i], err = points.ReadInt32s(ref.Path)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, l := range labels {
			if err := do(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// joinLabels writes the labels of all shards as one file: the parents of the
// level below, of which there are few.
func joinLabels(dir string, set *points.Set, carry []fit.CarryRef) (store.Ref, error) {
	return store.Commit(dir, "parents", ".npy", func(w io.Writer) error {
		nw, err := npy.NewWriter(w, "<i4", set.Rows)
		if err != nil {
			return err
		}
		if err := eachLabels(carry, nw.WriteInt32s); err != nil {
			return err
		}
		return nw.Close()
	})
}

// centroidSet makes the centroids of a level the points of the next.
func (r *Run) centroidSet(lv level) (*points.Set, store.Ref, error) {
	set, err := r.centroidShards(lv)
	if err != nil {
		return nil, store.Ref{}, err
	}
	for _, sh := range set.Shards {
		x, err := sh.Read(set.Dim, nil)
		if err != nil {
			return nil, store.Ref{}, err
		}
		set.MaxAbs = max(set.MaxAbs, float64(npy.MaxAbs(x)))
	}
	dir := store.Join(r.Config.Work.Dir, "objects", "centroids")
	ref, err := set.Commit(dir, fmt.Sprintf("level-%d", lv.Params.Level))
	return set, ref, err
}

// centroidShards cuts the centroids of a level into shards.
func (r *Run) centroidShards(lv level) (*points.Set, error) {
	rows, dim, err := matrixShape(lv.Centroids.Path)
	if err != nil {
		return nil, err
	}
	set := &points.Set{Dim: dim, Rows: rows, Unit: r.Config.Cosine(), Digest: lv.Centroids.SHA256}
	per := r.shardRows(dim)
	for first := int64(0); first < rows; first += per {
		set.Shards = append(set.Shards, points.Shard{
			Index: len(set.Shards), Path: lv.Centroids.Path, File: lv.Centroids,
			First: first, Rows: min(per, rows-first), Start: first, Row: first,
		})
	}
	return set, nil
}
