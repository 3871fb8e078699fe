package pipelines

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/configs"
	"leveler/internal/card"
	"leveler/internal/ledger"
	"leveler/internal/points"
	"leveler/internal/progress"
	"leveler/internal/records"
	"leveler/internal/repeats"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
	"leveler/transforms/embed"
)

// pointsVersion is raised when the same input would give other points.
const pointsVersion = 6

// input is what the later stages know of the points.
type input struct {
	Manifest  store.Ref      `json:"manifest"`
	InputRows int64          `json:"input_rows"` // bad and excluded ones counted
	BadCount  int64          `json:"bad_count"`
	Bad       []embed.BadRow `json:"bad"`       // the first of them
	BadFiles  []store.Ref    `json:"bad_files"` // all of them
	// Duplicates are the rows whose id an earlier row has, points or bad rows.
	DuplicateCount int64          `json:"duplicate_count,omitempty"`
	Duplicates     []embed.BadRow `json:"duplicates,omitempty"`      // the first of them
	DuplicateFiles []store.Ref    `json:"duplicate_files,omitempty"` // all of them, where they are points
	Excluded       int64          `json:"excluded"`
	Skipped        report.Skipped `json:"skipped"`
	Places         store.Ref      `json:"places"` // which files the rows of each shard lie in; none of embeddings

	set   *points.Set
	files card.Input
}

// pointsParams is what the points depend on.
type pointsParams struct {
	Kind    string
	Medium  string
	Options records.Options
	Embed   configs.Embed
	Cosine  bool
	Seed    uint64 `json:",omitempty"` // of the projection
	Version int    `json:",omitempty"` // of the built-in embedder
	Files   []fileIdentity
	Subset  string `json:",omitempty"`
	// OnDuplicateID is that of the configuration, unless they are kept.
	OnDuplicateID string `json:",omitempty"`
}

// fileIdentity is what identifies a raw input file.
type fileIdentity struct {
	Path    string
	Size    int64
	ModTime int64
	// Generation stands for the time where the input lies in a bucket.
	Generation int64 `json:",omitempty"`
}

// points makes the rows of level 1 from the input.
func (r *Run) points(ctx context.Context) (*input, error) {
	files, skipped, err := r.inputFiles()
	if err != nil {
		return nil, err
	}
	subset, err := r.indices("input.subset_indices_path", r.Config.Input.SubsetIndicesPath, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	model, err := ResolveModel(r.Config)
	if err != nil {
		return nil, err
	}
	plan, err := r.pointsPlan(files, subset.SHA256, model)
	if err != nil {
		return nil, err
	}
	title := "Embedding"
	if r.Config.Embed.Kind == configs.EmbedPrecomputed {
		title = "Checking"
	}
	in, _, err := stage(ctx, r, plan, title, 0, "rows", func(dir string, bar *progress.Stage) ([]store.Ref, input, error) {
		return r.buildPoints(ctx, dir, files, subset.Path, model, bar)
	})
	if err != nil {
		return nil, err
	}
	if in.set, err = points.ReadSet(in.Manifest.Path); err != nil {
		return nil, err
	}
	in.Skipped.Files, in.files = skipped, describeInput(files)
	if err := r.publishBad(&in); err != nil {
		return nil, err
	}
	if err := r.checkPoints(&in, subset); err != nil {
		return nil, err
	}
	return &in, r.publishPoints(&in)
}

// pointsPlan is the stage that makes points of files; subset is the digest of
// the rows that take part.
func (r *Run) pointsPlan(files []records.File, subset string, model EmbedModel) (*ledger.Plan, error) {
	p := pointsParams{
		Kind: r.Config.Input.Kind, Medium: r.Config.Input.Medium, Options: r.recordOptions(), Embed: model.key(r.Config.Embed),
		Cosine: r.Config.Cosine(), Subset: subset,
	}
	if r.Config.Embed.Kind == configs.EmbedBuiltin {
		p.Seed, p.Version = r.Config.Seed, embed.BuiltinVersion(r.Config.Input.Medium)
	}
	if on := r.Config.Input.OnDuplicateID; on != configs.DuplicateIDKeep {
		p.OnDuplicateID = on
	}
	for _, f := range files {
		p.Files = append(p.Files, fileIdentity{f.Path, f.Size, f.ModTime, f.Generation})
		t, ok, err := records.IDTable(f, p.Options)
		if err != nil {
			return nil, err
		}
		if ok {
			p.Files = append(p.Files, fileIdentity{t.Path, t.Size, t.ModTime, t.Generation})
		}
	}
	return &ledger.Plan{Name: "embed", Version: pointsVersion, Params: p}, nil
}

func (r *Run) recordOptions() records.Options {
	if r.byReference() {
		return records.Options{}
	}
	return r.Config.Input.Options().WithDefaults()
}

// shardRows is how many rows of a dimension make a shard.
func (r *Run) shardRows(dim int) int64 {
	if n := r.Config.Resources.ShardRows; n > 0 {
		return n
	}
	return max(1, int64(r.Config.Resources.ShardBytes)/int64(4*dim))
}

func (r *Run) buildPoints(ctx context.Context, dir string, files []records.File, subset string, model EmbedModel, bar *progress.Stage) ([]store.Ref, input, error) {
	p := r.embedParams(model)
	p.Dir, p.Subset, p.ReadCache = dir, subset, r.readCache()
	var in input
	var pipeline func(beam.Scope)
	var shardRows int64
	var outputs []store.Ref
	if r.byReference() {
		shards, dim, err := r.matrixShards(files)
		if err != nil {
			return nil, in, err
		}
		p.Dim, shardRows = dim, r.shardRows(dim)
		last := shards[len(shards)-1]
		in.InputRows = last.Row + last.Rows
		pipeline = matrixPipeline(dir, shards, p)
	} else {
		if p.Kind == configs.EmbedPrecomputed {
			var err error
			if p.Dim, err = r.storedDim(files); err != nil {
				return nil, in, err
			}
		}
		shardRows = r.shardRows(p.Dim)
		shards, err := r.recordShards(ctx, dir, files, shardRows, &in)
		if err != nil {
			return nil, in, err
		}
		if in.Places, outputs, err = keepPlaces(dir, shards); err != nil {
			return nil, in, err
		}
		d := r.duplicates(dir, len(shards), in.InputRows)
		if err := d.Clear(r.ledger.Check); err != nil {
			return nil, in, err
		}
		pipeline = r.recordPipeline(dir, shards, p, d)
	}
	if err := collect.Clear(dir, "points", r.ledger.Check); err != nil {
		return nil, in, err
	}
	bar.SetTotal(in.InputRows)
	stop := watch(func() { bar.Set(min(in.InputRows, countFiles(dir, "part-")*shardRows)) })
	err := r.job(ctx, "rows", pipeline)
	stop()
	if err != nil {
		return nil, in, err
	}
	bar.Set(in.InputRows)
	return finishPoints(dir, p, in, outputs)
}

// matrixPipeline checks the rows of .npy files.
func matrixPipeline(dir string, shards []points.Shard, p embed.Params) func(beam.Scope) {
	return func(s beam.Scope) {
		rows := embed.Precomputed(s, beam.Reshuffle(s, beam.CreateList(s, shards)), p)
		collect.Manifest(s, rows, dir, "points")
	}
}

// recordPipeline embeds records and finds the ids that repeat.
func (r *Run) recordPipeline(dir string, shards []decode.Shard, p embed.Params, d embed.Duplicates) func(beam.Scope) {
	return func(s beam.Scope) {
		rows := embed.Records(s, beam.Reshuffle(s, beam.CreateList(s, decode.Groups(shards))), p, r.recordOptions())
		collect.Manifest(s, d.Apply(s, rows), dir, "points")
	}
}

// duplicates says how those of so many rows are found.
func (r *Run) duplicates(dir string, shards int, rows int64) embed.Duplicates {
	return embed.Duplicates{
		Dir: dir, Shards: shards, Partitions: repeats.Partitions(rows),
		Drop: r.Config.Input.OnDuplicateID == configs.DuplicateIDBad, Half: r.embedParams(EmbedModel{}).Half,
	}
}

// countFiles counts committed files by the start of their names.
func countFiles(dir, prefix string) (n int64) {
	names, err := store.List(dir)
	if err != nil {
		return 0
	}
	for _, name := range names {
		if strings.HasPrefix(name, prefix) {
			n++
		}
	}
	return n
}

// finishPoints joins the parts into the point set and its manifest.
func finishPoints(dir string, p embed.Params, in input, outputs []store.Ref) ([]store.Ref, input, error) {
	parts, _, err := collect.Find[embed.Part](dir, "points")
	if err != nil {
		return nil, in, err
	}
	if len(parts) == 0 {
		return nil, in, errors.New("the engine reported success but left no points")
	}
	set := &points.Set{Dim: p.Dim, Unit: p.Unit()}
	var digest points.Digest
	for _, part := range parts {
		in.BadCount += part.BadCount
		in.Excluded += part.Excluded
		if room := report.MaxBadRows - len(in.Bad); room > 0 {
			in.Bad = append(in.Bad, part.Bad[:min(room, len(part.Bad))]...)
		}
		in.DuplicateCount += part.DuplicateCount
		if room := report.MaxBadRows - len(in.Duplicates); room > 0 {
			in.Duplicates = append(in.Duplicates, part.Duplicates[:min(room, len(part.Duplicates))]...)
		}
		if !part.DuplicateFile.IsZero() {
			in.DuplicateFiles = append(in.DuplicateFiles, part.DuplicateFile)
		}
		digest.Merge(part.Digest)
		set.MaxAbs = max(set.MaxAbs, float64(part.MaxAbs))
		sh := part.Shard
		sh.Index, sh.Start = len(set.Shards), set.Rows
		set.Rows += sh.Rows
		set.Shards = append(set.Shards, sh)
		if !part.BadFile.IsZero() {
			in.BadFiles = append(in.BadFiles, part.BadFile)
		}
		for _, ref := range []store.Ref{sh.File, sh.Numbers, sh.Ids, part.BadFile, part.DuplicateFile} {
			if !ref.IsZero() {
				outputs = append(outputs, ref)
			}
		}
	}
	set.Digest = digest.String()
	if in.Manifest, err = set.Commit(dir, "set"); err != nil {
		return nil, in, err
	}
	return append(outputs, in.Manifest), in, nil
}
