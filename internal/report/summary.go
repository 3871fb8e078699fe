// Package report turns what a run found into the three things its user reads:
// summary.json for programs, report.html for people, and the short table at the
// end of a run. It computes no result of its own and decides nothing.
//
// # Determinism
//
// Two runs that must agree (same config, input and seed, on any runner) have
// the same Summary but for its last member, Execution.
package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"leveler/internal/balance"
)

// MaxBadRows is the most bad rows that a summary lists; it counts all of them.
const MaxBadRows = 20

// Summary is summary.json.
type Summary struct {
	// Version is Leveler's.
	Version string `json:"version"`
	// ConfigDigest names the part of the config that decides results.
	ConfigDigest string `json:"config_digest"`
	Seed         uint64 `json:"seed"`
	Input        Input  `json:"input"`
	// Distance is l2 or cosine.
	Distance string `json:"distance"`
	// Levels are in the config's order, finest first.
	Levels  []Level `json:"levels"`
	Sample  Sample  `json:"sample"`
	Digests Digests `json:"digests"`
	// Execution is where and how fast the run ran: the only part that may differ
	// between two runs of the same config on the same input.
	Execution Execution `json:"execution"`
}

// Input is what was read.
type Input struct {
	Kind string `json:"kind"`
	// Path is the input as the user wrote it.
	Path string `json:"path"`
	// Rows counts all rows, bad ones included.
	Rows int64 `json:"rows"`
	// Eligible counts the rows that could be selected: good ones and, where the
	// config names a subset, those in it.
	Eligible int64 `json:"eligible_rows"`
	// Dim is the dimension of the embeddings; Embedder is how they were made.
	Dim      int     `json:"dim"`
	Embedder string  `json:"embedder"`
	Bad      BadRows `json:"bad_rows"`
	// DuplicateIDs are the rows whose id an earlier row has: rows like any other, or
	// among the bad ones, as input.on_duplicate_id says.
	DuplicateIDs BadRows `json:"duplicate_ids"`
	// Skipped is what was no row at all.
	Skipped Skipped `json:"skipped,omitzero"`
}

// Skipped counts what was left out before rows were numbered.
type Skipped struct {
	// Files are those of a folder that are not of the input's kind, by extension.
	Files map[string]int64 `json:"files,omitempty"`
	// Members are those of archives that belong to no key, by what they are.
	Members map[string]int64 `json:"members,omitempty"`
	// ShortTexts have fewer than input.min_chars characters.
	ShortTexts int64 `json:"short_texts,omitempty"`
}

// String says it in one line, the most numerous first; empty when nothing was
// skipped.
func (s Skipped) String() string {
	var parts []string
	add := func(noun string, counts map[string]int64) {
		var total int64
		var each []string
		keys := slices.Sorted(maps.Keys(counts))
		slices.SortStableFunc(keys, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
		for i, k := range keys {
			total += counts[k]
			if i < 5 {
				each = append(each, fmt.Sprintf("%s: %d", k, counts[k]))
			}
		}
		if len(keys) > 5 {
			each = append(each, fmt.Sprintf("and %d more kinds", len(keys)-5))
		}
		if total > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", total, noun, strings.Join(each, ", ")))
		}
	}
	add("files", s.Files)
	add("members of archives", s.Members)
	if s.ShortTexts > 0 {
		parts = append(parts, fmt.Sprintf("%d short texts", s.ShortTexts))
	}
	return strings.Join(parts, ", ")
}

// BadRows counts the rows that could not be used and lists the first MaxBadRows.
type BadRows struct {
	Count int64    `json:"count"`
	First []BadRow `json:"first"`
}

// BadRow is one row that could not be used.
type BadRow struct {
	Path   string `json:"path"`
	Row    int64  `json:"row"`
	Reason string `json:"reason"`
}

// Level is one level of the tree.
type Level struct {
	NClusters        int    `json:"n_clusters"`
	NIters           int    `json:"n_iters"`
	NResamplingSteps int    `json:"n_resampling_steps"`
	SampleSize       int    `json:"sample_size,omitempty"`
	SamplingStrategy string `json:"sampling_strategy,omitempty"`
	// Points is what was clustered: rows at level 1, centroids above.
	Points int64 `json:"points"`
	// Iterations counts all Lloyd iterations of the level, over all its
	// resampling steps; Converged says that the last step's labels repeated.
	Iterations int  `json:"iterations"`
	Converged  bool `json:"converged"`
	// Inertia is the sum of squared distances of all points to the final centroids.
	Inertia float64 `json:"inertia"`
	// Relocated counts empty clusters that were given a new centroid.
	Relocated int64 `json:"empty_clusters_relocated"`
	// Balance has the figures of rows (not of points) per cluster.
	Balance balance.Comparison `json:"balance"`
}

// Sample is what was selected.
type Sample struct {
	TargetSize int64 `json:"target_size"`
	// Selected counts distinct rows; Copies counts each as often as it was selected.
	Selected   int64  `json:"selected"`
	Copies     int64  `json:"copies"`
	Multiplier int64  `json:"multiplier"`
	Strategy   string `json:"sampling_strategy"`
	// Seed decided the draws of the selection, where it is not Summary.Seed.
	Seed uint64 `json:"seed,omitempty"`
	// Reason says why Copies is not TargetSize; empty when it is.
	Reason string `json:"reason,omitempty"`
}

// Digests name results by their bytes: equal digests are equal files.
type Digests struct {
	Selection string `json:"selection"`
	// Centroids has one digest per level, finest first.
	Centroids []string `json:"centroids"`
	// Assignments has one digest per level, finest first: of the clusters of all
	// points in their order, as little-endian int32, however they are cut into files.
	Assignments []string `json:"assignments"`
}

// Execution is all that may differ between two runs with the same results.
type Execution struct {
	Runner    string  `json:"runner"`
	WorkDir   string  `json:"work_dir"`
	OutputDir string  `json:"output_dir"`
	Started   string  `json:"started,omitempty"` // RFC 3339, UTC
	Seconds   float64 `json:"seconds"`
	// PeakMemory is the largest resident size of one process, in bytes; 0 is unknown.
	PeakMemory int64   `json:"peak_memory_bytes,omitempty"`
	Stages     []Stage `json:"stages"`
	// LevelSeconds has the seconds each level took, finest first.
	LevelSeconds []float64 `json:"level_seconds"`
	Outputs      []Output  `json:"outputs"`
}

// Stage is one stage of the run.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Reused says that an earlier run had finished it.
	Reused bool `json:"reused"`
}

// Output is a file or folder that the run left for its user.
type Output struct {
	// Name says what it is: "indices of the selection".
	Name string `json:"name"`
	Path string `json:"path"`
	// Bytes is 0 where it is not known when the summary is written, as for the
	// summary itself.
	Bytes int64 `json:"bytes,omitempty"`
	// SHA256 is there for lists and cards, which a later run may take away.
	SHA256 string `json:"sha256,omitempty"`
}

// WriteJSON writes summary.json: indented, members in the order of the types,
// lists never null. A user's <, > and & stay readable.
func WriteJSON(w io.Writer, s Summary) error {
	normalise(&s)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("report: summary: %w", err)
	}
	return nil
}

// ReadJSON reads what WriteJSON wrote and refuses members it does not know, so
// that a summary of another version is not half understood.
func ReadJSON(r io.Reader) (Summary, error) {
	var s Summary
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Summary{}, fmt.Errorf("report: summary: %w", err)
	}
	return s, nil
}

// Results is the part of the summary that equal runs share, as JSON: what to
// compare between two runs.
func Results(s Summary) ([]byte, error) {
	s.Execution = Execution{}
	var buf bytes.Buffer
	if err := WriteJSON(&buf, s); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// Validate names what would make a report wrong or misleading.
func (s Summary) Validate() error {
	var faults []error
	if s.Sample.Copies != s.Sample.TargetSize && s.Sample.Reason == "" {
		faults = append(faults, fmt.Errorf("report: selected %d of a target of %d without a reason", s.Sample.Copies, s.Sample.TargetSize))
	}
	if n := len(s.Digests.Centroids); n != len(s.Levels) {
		faults = append(faults, fmt.Errorf("report: %d centroid digests for %d levels", n, len(s.Levels)))
	}
	if n := len(s.Digests.Assignments); n != len(s.Levels) {
		faults = append(faults, fmt.Errorf("report: %d digests of assignments for %d levels", n, len(s.Levels)))
	}
	if n := len(s.Execution.LevelSeconds); n != 0 && n != len(s.Levels) {
		faults = append(faults, fmt.Errorf("report: %d times for %d levels", n, len(s.Levels)))
	}
	return errors.Join(faults...)
}

// normalise makes equal summaries equal text: empty lists instead of null, and
// no more bad rows than are listed.
func normalise(s *Summary) {
	s.Levels = list(s.Levels)
	s.Digests.Centroids = list(s.Digests.Centroids)
	s.Digests.Assignments = list(s.Digests.Assignments)
	for _, b := range []*BadRows{&s.Input.Bad, &s.Input.DuplicateIDs} {
		b.First = list(b.First)[:min(len(b.First), MaxBadRows)]
	}
	s.Execution.Stages = list(s.Execution.Stages)
	s.Execution.LevelSeconds = list(s.Execution.LevelSeconds)
	s.Execution.Outputs = list(s.Execution.Outputs)
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
