package configs

// Level says how one level is clustered.
type Level struct {
	NClusters        int     `yaml:"n_clusters" json:"n_clusters"`
	NSplits          int     `yaml:"n_splits" json:"n_splits"`
	NIters           int     `yaml:"n_iters" json:"n_iters"`
	NResamplingSteps int     `yaml:"n_resampling_steps" json:"n_resampling_steps"`
	SampleSize       int     `yaml:"sample_size" json:"sample_size"`
	SamplingStrategy string  `yaml:"sampling_strategy" json:"sampling_strategy"`
	Seeding          string  `yaml:"seeding" json:"seeding"`
	EmptyClusters    string  `yaml:"empty_clusters" json:"empty_clusters"`
	SeedingFlops     float64 `yaml:"seeding_flops" json:"seeding_flops"`

	Level  int    `yaml:"-" json:"level"`
	Cosine bool   `yaml:"-" json:"cosine"`
	Seed   uint64 `yaml:"-" json:"seed"`
}

// Levels are the levels of a tree, finest first. None is auto: ResolveLevels
// fills them in.
type Levels []Level

// Auto tells whether the levels wait for the number of rows.
func (l Levels) Auto() bool { return len(l) == 0 }
