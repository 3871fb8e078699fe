// Package fit clusters the points of one level: seeding, Lloyd's iterations,
// the resampling steps of Vo et al. 2024 (section 3.2) and the assignment of all
// points.
//
// A fit is a chain of passes over the shards. Map sees one shard and adds to a
// partial result; Reduce turns the merged partial into the next State. Where
// the passes run, in one process over memory or as transforms over many
// workers, is the caller's choice and changes no byte: every sum is an integer,
// every draw a hash, every tie goes to the lowest row or cluster.
package fit

import "leveler/internal/seeding"

// Params says how a level is clustered, in the reference's names.
type Params struct {
	// NClusters is the number of clusters k.
	NClusters int `yaml:"n_clusters" json:"n_clusters"`
	// NSplits > 1 would split every cluster in a second fit; not built yet, so it
	// must be 1.
	NSplits int `yaml:"n_splits" json:"n_splits"`
	// NIters is the most Lloyd iterations of one k-means run; a run that repeats
	// its labels stops before.
	NIters int `yaml:"n_iters" json:"n_iters"`
	// NResamplingSteps counts k-means runs as the reference does: 1 is one run on
	// all points, t > 1 adds t-1 runs on a resampled set.
	NResamplingSteps int `yaml:"n_resampling_steps" json:"n_resampling_steps"`
	// SampleSize is the number of points a cluster gives to a resampled set.
	SampleSize int `yaml:"sample_size" json:"sample_size"`
	// SamplingStrategy says which: c the closest to the centroid, r random ones.
	SamplingStrategy string `yaml:"sampling_strategy" json:"sampling_strategy"`
	// Seeding is kmeans||, kmeans++ or random.
	Seeding string `yaml:"seeding" json:"seeding"`
	// EmptyClusters is relocate (an empty cluster takes the farthest row) or keep
	// (it keeps its centroid, as the reference does).
	EmptyClusters string `yaml:"empty_clusters" json:"empty_clusters"`
	// SeedingFlops is the cost above which candidates are reclustered by cells.
	SeedingFlops float64 `yaml:"seeding_flops" json:"seeding_flops"`

	// Level (1 = finest), Cosine and Seed are the run's, not the level's.
	Level  int    `yaml:"-" json:"level"`
	Cosine bool   `yaml:"-" json:"cosine"`
	Seed   uint64 `yaml:"-" json:"seed"`
}

// The choices of Params.
const (
	Closest = "c"
	Random  = "r"

	SeedParallel = "kmeans||"
	SeedPlusPlus = "kmeans++"
	SeedRandom   = "random"

	Relocate = "relocate"
	Keep     = "keep"
)

// key is the part of every draw's hash that names the level and the k-means run.
func (p Params) key(step int) seeding.Key {
	return seeding.Key{Seed: p.Seed, Level: uint64(p.Level), Step: uint64(step)}
}
