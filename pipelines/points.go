package pipelines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/configs"
	"leveler/internal/ledger"
	"leveler/internal/ngram"
	"leveler/internal/points"
	"leveler/internal/progress"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/embed"
)

// pointsVersion is raised when the same input would give other points.
const pointsVersion = 1

// input is what the later stages know of the points.
type input struct {
	Manifest  store.Ref      `json:"manifest"`
	InputRows int64          `json:"input_rows"` // bad and excluded ones counted
	BadCount  int64          `json:"bad_count"`
	Bad       []embed.BadRow `json:"bad"`
	Excluded  int64          `json:"excluded"`

	set *points.Set
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
}

// fileIdentity is what identifies a raw input file.
type fileIdentity struct {
	Path    string
	Size    int64
	ModTime int64
}

// points makes the rows of level 1 from the input.
func (r *Run) points(ctx context.Context) (*input, error) {
	files, err := r.inputFiles()
	if err != nil {
		return nil, err
	}
	subset, err := r.indices("input.subset_indices_path", r.Config.Input.SubsetIndicesPath, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	p := pointsParams{
		Kind: r.Config.Input.Kind, Medium: r.Config.Input.Medium, Options: r.recordOptions(), Embed: r.Config.Embed,
		Cosine: r.Config.Cosine(), Subset: subset.SHA256,
	}
	if r.Config.Embed.Kind != configs.EmbedPrecomputed {
		p.Seed, p.Version = r.Config.Seed, ngram.Version
	}
	for _, f := range files {
		p.Files = append(p.Files, fileIdentity{f.Path, f.Size, f.ModTime})
	}
	plan := &ledger.Plan{Name: "embed", Version: pointsVersion, Params: p}
	title := "Embedding"
	if r.Config.Embed.Kind == configs.EmbedPrecomputed {
		title = "Checking"
	}
	in, _, err := stage(ctx, r, plan, title, 0, "rows", func(dir string, bar *progress.Stage) ([]store.Ref, input, error) {
		return r.buildPoints(ctx, dir, files, subset.Path, bar)
	})
	if err != nil {
		return nil, err
	}
	if in.set, err = points.ReadSet(in.Manifest.Path); err != nil {
		return nil, err
	}
	if err := r.checkPoints(&in, subset); err != nil {
		return nil, err
	}
	return &in, r.publishPoints(&in)
}

// checkPoints refuses what cannot be curated.
func (r *Run) checkPoints(in *input, subset store.Ref) error {
	if !subset.IsZero() {
		if _, err := r.indices("input.subset_indices_path", r.Config.Input.SubsetIndicesPath, in.InputRows); err != nil {
			return err
		}
	}
	if in.BadCount > 0 && r.Config.Input.OnBadRow == configs.BadRowFail {
		more := ""
		if in.BadCount > 1 {
			more = fmt.Sprintf(" (and %d more bad rows)", in.BadCount-1)
		}
		return fmt.Errorf("%s%s; mend it, or set input.on_bad_row: drop", describe(in.Bad[0]), more)
	}
	if in.set.Rows == 0 {
		why := ""
		if in.BadCount > 0 {
			why = "; the first: " + describe(in.Bad[0])
		}
		return fmt.Errorf("input.path: none of %d rows can be used (%d bad, %d not in the subset%s)", in.InputRows, in.BadCount, in.Excluded, why)
	}
	return nil
}

// describe names a bad row's place and fault.
func describe(b embed.BadRow) string {
	if b.Line > 0 {
		return fmt.Sprintf("%s: line %d: %s", b.Path, b.Line, b.Reason)
	}
	return fmt.Sprintf("%s: row %d: %s", b.Path, b.Row, b.Reason)
}

func (r *Run) inputFiles() ([]records.File, error) {
	var files []records.File
	seen := map[string]bool{}
	for _, pattern := range r.Config.Input.Path {
		found, err := records.Expand(pattern, records.Filter{Include: r.Config.Input.Include, Exclude: r.Config.Input.Exclude})
		if err != nil {
			return nil, fmt.Errorf("input.path: %w", err)
		}
		for _, f := range found {
			if !seen[f.Path] {
				seen[f.Path] = true
				files = append(files, f)
			}
		}
	}
	records.SortFiles(files)
	return files, nil
}

func (r *Run) recordOptions() records.Options {
	in := r.Config.Input
	if in.Kind == configs.KindNPY {
		return records.Options{}
	}
	return records.Options{
		Format: in.Kind, Split: in.Split, IDField: in.IDField, TextField: in.TextField,
		MinChars: in.MinChars, MaxRecordBytes: int(in.MaxRecordBytes),
	}.WithDefaults()
}

// shardRows is how many rows of a dimension make a shard.
func (r *Run) shardRows(dim int) int64 {
	if n := r.Config.Resources.ShardRows; n > 0 {
		return n
	}
	return max(1, int64(r.Config.Resources.ShardBytes)/int64(4*dim))
}

func (r *Run) buildPoints(ctx context.Context, dir string, files []records.File, subset string, bar *progress.Stage) ([]store.Ref, input, error) {
	p := embed.Params{
		Dir: dir, Kind: r.Config.Embed.Kind, Medium: r.Config.Input.Medium, Dim: r.Config.Embed.Dim, Cosine: r.Config.Cosine(),
		Subset: subset, Threads: r.threads(), Seed: r.Config.Seed,
	}
	var in input
	var transform func(s beam.Scope) beam.PCollection
	var shardRows int64
	if p.Kind == configs.EmbedPrecomputed {
		shards, dim, err := r.matrixShards(files)
		if err != nil {
			return nil, in, err
		}
		p.Dim, shardRows = dim, r.shardRows(dim)
		last := shards[len(shards)-1]
		in.InputRows = last.Row + last.Rows
		transform = func(s beam.Scope) beam.PCollection {
			return embed.Precomputed(s, beam.Reshuffle(s, beam.CreateList(s, shards)), p)
		}
	} else {
		shardRows = r.shardRows(p.Dim)
		shards, rows, err := r.recordShards(ctx, dir, files, shardRows)
		if err != nil {
			return nil, in, err
		}
		in.InputRows = rows
		transform = func(s beam.Scope) beam.PCollection {
			return embed.Records(s, beam.Reshuffle(s, beam.CreateList(s, shards)), p, r.recordOptions())
		}
	}
	if err := collect.Clear(dir, "points"); err != nil {
		return nil, in, err
	}
	bar.SetTotal(in.InputRows)
	stop := watch(func() { bar.Set(min(in.InputRows, countFiles(dir, "part-")*shardRows)) })
	err := r.job(ctx, "rows", func(s beam.Scope) { collect.Manifest(s, transform(s), dir, "points") })
	stop()
	if err != nil {
		return nil, in, err
	}
	bar.Set(in.InputRows)
	return finishPoints(dir, p, in)
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
func finishPoints(dir string, p embed.Params, in input) ([]store.Ref, input, error) {
	parts, _, err := collect.Find[embed.Part](dir, "points")
	if err != nil {
		return nil, in, err
	}
	if len(parts) == 0 {
		return nil, in, errors.New("the engine reported success but left no points")
	}
	set := &points.Set{Dim: p.Dim, Unit: p.Cosine || p.Kind != configs.EmbedPrecomputed}
	var digest points.Digest
	var outputs []store.Ref
	for _, part := range parts {
		in.BadCount += part.BadCount
		in.Excluded += part.Excluded
		if room := maxBadListed - len(in.Bad); room > 0 {
			in.Bad = append(in.Bad, part.Bad[:min(room, len(part.Bad))]...)
		}
		digest.Merge(part.Digest)
		set.MaxAbs = max(set.MaxAbs, float64(part.MaxAbs))
		sh := part.Shard
		sh.Index, sh.Start = len(set.Shards), set.Rows
		set.Rows += sh.Rows
		set.Shards = append(set.Shards, sh)
		for _, ref := range []store.Ref{sh.File, sh.Numbers, sh.Ids} {
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

// maxBadListed is how many bad rows the ledger keeps; all are counted.
const maxBadListed = 1000
