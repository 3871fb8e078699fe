package configs

import "leveler/internal/fit"

// Sample says how much is selected, and how.
type Sample struct {
	// TargetSize is the exact size of the selection. Required.
	TargetSize int64 `yaml:"target_size" json:"target_size"`
	// SamplingStrategy is "r" (random) or "c" (closest to the centroid): which
	// points of a leaf are taken.
	SamplingStrategy string `yaml:"sampling_strategy" json:"sampling_strategy"`
	// Multiplier is the most times one point may be selected.
	Multiplier int `yaml:"multiplier" json:"multiplier"`
	// Seed decides the draws of the selection alone: the tree does not depend on it.
	// 0 means that of the run.
	Seed uint64 `yaml:"seed" json:"seed"`
	// ValidIndicesPath is an int64 .npy file with the rows that may be selected;
	// none means all.
	ValidIndicesPath string `yaml:"valid_indices_path" json:"valid_indices_path"`
}

func defaultSample() Sample {
	return Sample{SamplingStrategy: fit.Random, Multiplier: 1}
}

func (s *Sample) validate(f *faults) {
	if s.TargetSize == 0 {
		f.add("sample.target_size", "is required: the number of rows to select")
	} else {
		f.check(s.TargetSize > 0, "sample.target_size", "must be >= 1 (got %d)", s.TargetSize)
	}
	f.check(s.SamplingStrategy == fit.Closest || s.SamplingStrategy == fit.Random,
		"sample.sampling_strategy", "must be r or c (got %q)", s.SamplingStrategy)
	f.check(s.Multiplier >= 1, "sample.multiplier", "must be >= 1 (got %d)", s.Multiplier)
}
