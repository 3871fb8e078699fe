package pipelines

import (
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/ledger"
)

// TestJobThatCannotBeAsked: a run that meets a job of an engine that does not answer
// says what to do.
func TestJobThatCannotBeAsked(t *testing.T) {
	for _, id := range []string{"7", ""} {
		r := &Run{
			Config: &configs.Config{Work: configs.Work{Dir: "w"}},
			left:   &ledger.Job{ID: id, Name: "leveler-x", Runner: "flink"}, // no endpoint is set
		}
		err := r.settle(t.Context(), &ledger.Plan{Name: "level-1"})
		if err == nil || !strings.Contains(err.Error(), "start flink again") || !strings.HasSuffix(err.Error(), "or, if it has surely ended, remove w/job.json") {
			t.Errorf("id %q: got %v", id, err)
		}
	}
}
