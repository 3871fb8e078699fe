package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"leveler/configs"
	"leveler/internal/ledger"
	"leveler/internal/report"
	"leveler/internal/store"
)

// Redraw draws a selection from the tree that an earlier run of this
// configuration finished in work.dir, and clusters nothing. Only sample.* and
// output.* may differ from that run; with auto levels, which follow from the
// target, they are those of the tree that is there.
func (r *Run) Redraw(ctx context.Context) (*report.Summary, error) {
	r.redraw = true
	path := store.Join(r.Config.Work.Dir, "run.yaml")
	b, err := store.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s holds no finished tree; curate run makes one", r.Config.Work.Dir)
	}
	if err != nil {
		return nil, err
	}
	if r.Config.Levels.Auto() {
		tree, err := configs.Parse(path, b, nil)
		if err != nil {
			return nil, err
		}
		r.Config.Levels = tree.Levels
	}
	return r.Curate(ctx)
}

// mayBuild refuses to make the tree where only a selection is to be drawn.
func (r *Run) mayBuild(p *ledger.Plan) error {
	if !r.redraw || p.Name == "sample" || p.Name == "write" || strings.HasPrefix(p.Name, "copy-") {
		return nil
	}
	return fmt.Errorf("the tree of this configuration is not finished in %s (stage %s is to be done): run curate run with it first; "+
		"of a finished tree only sample.* and output.* may change, and -seed (sample.seed) draws anew, not seed", r.Config.Work.Dir, p.Name)
}
