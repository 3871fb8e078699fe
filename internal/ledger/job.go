package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"leveler/internal/store"
)

// Job is a job that was handed to an engine. The ledger keeps the last one: the
// jobs of a run come one after another.
type Job struct {
	Stage  string `json:"stage"`
	Key    string `json:"key"` // of the stage
	Runner string `json:"runner"`
	// Name is kept before the job is submitted and ID, the engine's, after: a job
	// without an ID may or may not have reached the engine.
	Name      string    `json:"name"`
	ID        string    `json:"id,omitempty"`
	Submitted time.Time `json:"submitted"`
	// Ended is what became of it; empty while nobody has seen it end.
	Ended string `json:"ended,omitempty"`
	Error string `json:"error,omitempty"`
	// Metrics are its counters, where the engine tells them.
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

func jobPath(dir string) string { return store.Join(dir, "job.json") }

// SaveJob keeps the job instead of the one before.
func (l *Ledger) SaveJob(j *Job) error {
	_, err := l.PublishJSON(jobPath(l.Dir), j)
	return err
}

// LastJob returns the job that a work folder's ledger keeps; nil where there is
// none. It needs no lock.
func LastJob(dir string) (*Job, error) {
	b, err := store.ReadFile(jobPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no job was handed to an engine
	}
	if err != nil {
		return nil, err
	}
	j := new(Job)
	if err := json.Unmarshal(b, j); err != nil {
		return nil, fmt.Errorf("%s: not the record of a job: %w; remove it if no job of this folder runs on an engine", jobPath(dir), err)
	}
	return j, nil
}
