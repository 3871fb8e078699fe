package pipelines

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"leveler/configs"
	"leveler/internal/fit"
	"leveler/internal/ledger"
	"leveler/internal/store"
)

// StageStatus is a line of curate status.
type StageStatus struct{ Name, State, Detail string }

// Status says what the work folder holds: finished stages, how far the others
// are, and the last job on an engine. It takes no lock and changes nothing.
func Status(ctx context.Context, c *configs.Config) ([]StageStatus, error) {
	dir := c.Work.Dir
	names, err := store.List(store.Join(dir, "stages"))
	if err != nil {
		return nil, err
	}
	var out []StageStatus
	finished := map[string]bool{}
	for _, n := range names {
		b, err := store.ReadFile(store.Join(dir, "stages", n))
		if err != nil {
			return nil, err
		}
		var s ledger.Stage
		if json.Unmarshal(b, &s) != nil {
			continue
		}
		finished[s.Name+"-"+s.Key[:16]] = true
		out = append(out, StageStatus{s.Name, "finished", fmt.Sprintf("%.1f s, %d files, key %.12s", s.Seconds, len(s.Outputs), s.Key)})
	}
	folders, err := store.Folders(store.Join(dir, "objects"))
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		i := strings.LastIndex(f, "-")
		if i < 0 || finished[f] || len(f)-i != 17 {
			continue
		}
		out = append(out, StageStatus{f[:i], "unfinished", unfinished(store.Join(dir, "objects", f))})
	}
	slices.SortStableFunc(out, func(a, b StageStatus) int { return strings.Compare(a.Name, b.Name) })
	job, err := jobStatus(ctx, dir)
	if err != nil {
		return nil, err
	}
	out = append(out, job...)
	if len(out) == 0 {
		return []StageStatus{{"nothing", "started", dir}}, nil
	}
	return out, nil
}

// unfinished says how far a stage got.
func unfinished(dir string) string {
	names, err := store.List(dir)
	if err != nil {
		return err.Error()
	}
	for _, n := range slices.Backward(names) {
		if strings.HasPrefix(n, "pass-") {
			if st, err := fit.ReadState(store.Join(dir, n)); err == nil {
				return fmt.Sprintf("k-means run %d, iteration %d (%s), %d passes done", st.Step+1, st.Iter, st.Phase, st.Pass)
			}
		}
	}
	return fmt.Sprintf("%d shards done", countFiles(dir, "part-"))
}
