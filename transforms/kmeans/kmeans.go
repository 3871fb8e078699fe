// Package kmeans is k-means as Beam transforms: one Step is one pass over the
// shards, of seeding, of a Lloyd iteration or of the assignment of all points.
// Steps are chained in a pipeline (unrolled) and pipelines in a run; after
// convergence a step passes its state through and reads no data.
package kmeans

import (
	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/fit"
	"leveler/transforms/pass"
)

// Step takes the fit of a level one pass further: the path of a
// committed state goes in, the path of the next comes out.
// Where the point set fits in one worker, the passes run there, all of them.
// PCollection<string> → PCollection<string>.
func Step(s beam.Scope, state beam.PCollection, p pass.Params) beam.PCollection {
	s = s.Scope("kmeans.Step")
	p.Phases = []fit.Phase{
		fit.PhaseSeedUpdate, fit.PhaseSeedDraw, fit.PhaseSeedRandom,
		fit.PhaseLloyd, fit.PhaseRelocate, fit.PhaseMove, fit.PhaseAssign,
	}
	return pass.Run(s, state, p)
}
