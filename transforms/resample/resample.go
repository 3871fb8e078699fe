// Package resample is the per-cluster resampling of Vo et al. 2024 (section
// 3.2) as a Beam transform: every cluster gives sample_size points to the set
// that the next k-means run clusters.
package resample

import (
	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/fit"
	"leveler/transforms/pass"
)

// Sample writes the sampled rows of every shard when the state's k-means run has
// ended and another is due, and hands other states on: one pass finds the cut of
// each cluster, a second gathers the rows within it.
// PCollection<string> → PCollection<string>.
func Sample(s beam.Scope, state beam.PCollection, p pass.Params) beam.PCollection {
	s = s.Scope("resample.Sample")
	p.Phases = []fit.Phase{fit.PhasePick}
	state = pass.Run(s, state, p)
	p.Phases = []fit.Phase{fit.PhaseGather}
	return pass.Run(s, state, p)
}
