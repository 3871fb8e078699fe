package report

import (
	"fmt"

	"leveler/internal/report/readable"
)

// The names of the four ways to fill clusters, wherever they are compared.
const (
	nameBefore = "All rows"
	nameAfter  = "Selection"
	nameRandom = "Random"
	nameFlat   = "Flat k-means"
)

// headline is the run in one sentence.
func headline(s Summary) string {
	text := fmt.Sprintf("Selected %s of %s records", readable.Count(s.Sample.Selected), readable.Count(s.Input.Rows))
	if s.Sample.Copies != s.Sample.Selected {
		text += fmt.Sprintf(" (%s copies)", readable.Count(s.Sample.Copies))
	}
	if t := headlineLevel(s); t >= 0 {
		b := s.Levels[t].Balance
		text += fmt.Sprintf("; effective top-level clusters %s → %s of %s",
			readable.Three(b.Before.Effective), readable.Three(b.After.Effective), readable.Count(b.After.Clusters))
	}
	return text
}

// headlineLevel is the level that the headline speaks of: the coarsest, over
// which the target is shared first. It is -1 without levels.
func headlineLevel(s Summary) int { return len(s.Levels) - 1 }

// verdict says whether the selection is more even than a random one of its
// size, level by level, and whether it is at all of them. A report that only
// ever praises is worth nothing.
func verdict(s Summary) (text string, good bool) {
	better := 0
	for _, l := range s.Levels {
		if l.Balance.After.Effective > l.Balance.Random.Effective {
			better++
		}
	}
	switch n := len(s.Levels); {
	case n == 0 || s.Sample.Copies == 0:
		return "Nothing was selected", false
	case s.Sample.Copies == s.Input.Eligible*max(s.Sample.Multiplier, 1):
		return "Everything was selected: there was nothing to balance", false
	case s.Levels[0].Balance.After.Clusters == 1:
		return "One cluster: there was nothing to balance", false
	case better == n && n == 1:
		return "More even than a random selection", true
	case better == n && n == 2:
		return "More even than a random selection at both levels", true
	case better == n:
		return fmt.Sprintf("More even than a random selection at all %d levels", n), true
	case better == 0:
		return "Not more even than a random selection", false
	default:
		return fmt.Sprintf("More even than a random selection at %d of %d levels", better, n), false
	}
}
