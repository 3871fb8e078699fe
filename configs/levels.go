package configs

import (
	"math"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"leveler/internal/fit"
)

// Levels are the levels of a tree, finest first. None is auto: ResolveLevels
// fills them in.
type Levels []fit.Params

const auto = "auto"

// maxClusters is what a label, an int32, can name.
const maxClusters = math.MaxInt32

// defaultLevel is what an entry of levels starts from: the reference's settings,
// with our seeding and treatment of empty clusters.
func defaultLevel() fit.Params {
	return fit.Params{
		NSplits:          1,
		NIters:           50,
		NResamplingSteps: 1,
		SamplingStrategy: fit.Closest,
		Seeding:          fit.SeedParallel,
		EmptyClusters:    fit.Relocate,
		SeedingFlops:     1e12,
	}
}

// Auto tells whether the levels wait for the number of rows.
func (l Levels) Auto() bool { return len(l) == 0 }

// MarshalYAML writes no levels as auto.
func (l Levels) MarshalYAML() (any, error) {
	if l.Auto() {
		return auto, nil
	}
	return []fit.Params(l), nil
}

func (l *Levels) decode(d *decoder, key string, n *yaml.Node) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Value == auto:
		*l = nil
	case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
		*l = make(Levels, len(n.Content))
		for i, item := range n.Content {
			(*l)[i] = defaultLevel()
			d.level(entry(key, i), item, &(*l)[i])
		}
	default:
		d.fault(n, key, "must be auto or a list of levels, finest first (got %s)", describe(n))
	}
}

func (l Levels) validate(f *faults) {
	for i, p := range l {
		key := entry("levels", i)
		if i > 0 {
			below := l[i-1].NClusters
			f.check(p.NClusters < below || below < 1, key+".n_clusters",
				"must be < %d, the clusters of %s (got %d)", below, entry("levels", i-1), p.NClusters)
		}
		validateLevel(f, key, p)
	}
}

func validateLevel(f *faults, key string, p fit.Params) {
	if p.NClusters == 0 {
		f.add(key+".n_clusters", "is required")
	} else {
		f.check(p.NClusters > 0 && p.NClusters <= maxClusters, key+".n_clusters", "must be from 1 to %d (got %d)", maxClusters, p.NClusters)
	}
	f.check(p.NSplits == 1, key+".n_splits", "splitting is not built yet; use 1 (got %d)", p.NSplits)
	f.check(p.NIters >= 1, key+".n_iters", "must be >= 1 (got %d)", p.NIters)
	f.check(p.NResamplingSteps >= 1, key+".n_resampling_steps", "must be >= 1, where 1 is no resampling (got %d)", p.NResamplingSteps)
	f.check(p.SampleSize >= 0, key+".sample_size", "must be >= 0 (got %d)", p.SampleSize)
	f.check(p.SampleSize != 0 || p.NResamplingSteps <= 1, key+".sample_size",
		"must be >= 1 when n_resampling_steps > 1 (got 0)")
	f.check(p.SamplingStrategy == fit.Closest || p.SamplingStrategy == fit.Random,
		key+".sampling_strategy", "must be c or r (got %q)", p.SamplingStrategy)
	f.check(slices.Contains([]string{fit.SeedParallel, fit.SeedPlusPlus, fit.SeedRandom}, p.Seeding),
		key+".seeding", "must be kmeans||, kmeans++ or random (got %q)", p.Seeding)
	f.check(p.EmptyClusters == fit.Relocate || p.EmptyClusters == fit.Keep,
		key+".empty_clusters", "must be relocate or keep (got %q)", p.EmptyClusters)
	f.check(p.SeedingFlops > 0 && !math.IsInf(p.SeedingFlops, 0), key+".seeding_flops", "must be > 0 (got %v)", p.SeedingFlops)
}

// entry is the key of a list's entry.
func entry(key string, i int) string { return join(key, strconv.Itoa(i)) }
