package pipelines

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leveler/configs"
	"leveler/internal/ledger"
)

func TestStatusShowsTheJob(t *testing.T) {
	at := time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, state, detail string
		job                 ledger.Job
	}{
		{
			"failed", "failed", "leveler-x on dataflow, id 7, submitted 2026-11-25T18:00:00Z: x.npy: row 3: NaN",
			ledger.Job{ID: "7", Ended: "failed", Error: "a worker's trace\nx.npy: row 3: NaN"},
		},
		{
			"done", "done", "leveler-x on dataflow, id 7, submitted 2026-11-25T18:00:00Z",
			ledger.Job{ID: "7", Ended: "done"},
		},
		{
			"no id", "unknown", "the driver ended before it had the job's id",
			ledger.Job{},
		},
		{
			"an engine that does not answer", "unknown", "the engine cannot be asked",
			ledger.Job{ID: "7", Runner: "flink"}, // no endpoint is set
		},
	} {
		dir := t.TempDir()
		c.job.Stage, c.job.Name, c.job.Submitted = "level-1", "leveler-x", at
		if c.job.Runner == "" {
			c.job.Runner = "dataflow"
		}
		b, err := json.Marshal(c.job)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "job.json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Status(t.Context(), &configs.Config{Work: configs.Work{Dir: dir}})
		if err != nil || len(got) != 1 || got[0].Name != "job of level-1" || got[0].State != c.state || !strings.Contains(got[0].Detail, c.detail) {
			t.Errorf("%s: got %+v, %v want %s, %s", c.name, got, err, c.state, c.detail)
		}
	}
}
