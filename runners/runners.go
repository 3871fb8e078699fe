// Package runners says what each engine needs before a pipeline runs on it.
package runners

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/direct" //nolint:staticcheck // the user asks for the direct runner
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
)

// Runner is an engine and our defaults for it.
type Runner struct {
	// IterationsPerJob is how many passes one pipeline holds, unless configured.
	IterationsPerJob int
	// Refuse says why the runner cannot be used; empty when it can.
	Refuse string
}

// kinds are the runners by the name they have in the configuration.
var kinds = map[string]Runner{
	"direct":   {IterationsPerJob: 1},
	"prism":    {IterationsPerJob: 1},
	"flink":    {Refuse: "not built yet"},
	"dataflow": {Refuse: "not built yet"},
}

// Find returns the runner of that name.
func Find(name string) (Runner, error) {
	r, ok := kinds[name]
	if !ok {
		return Runner{}, fmt.Errorf("runner.name must be one of %s (got %q)", strings.Join(slices.Sorted(maps.Keys(kinds)), ", "), name)
	}
	if r.Refuse != "" {
		return Runner{}, fmt.Errorf("runner.name: %s is %s; use direct or prism", name, r.Refuse)
	}
	return r, nil
}

// SetOptions gives Beam's own flags the values of runner.options, except those
// that stand on the command line. An unknown one is refused, and so is one of
// the program's own flags, which fs has too.
func SetOptions(fs *flag.FlagSet, options map[string]string, own ...string) error {
	given := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if fs.Lookup(name) == nil || slices.Contains(own, name) {
			return fmt.Errorf("runner.options.%s: Beam has no such option", name)
		}
		if given[name] {
			continue
		}
		if err := fs.Set(name, options[name]); err != nil {
			return fmt.Errorf("runner.options.%s: %q is no value for it: %w", name, options[name], err)
		}
	}
	return nil
}

// Run executes a pipeline on the named runner and waits for its end.
func Run(ctx context.Context, name string, p *beam.Pipeline) (err error) {
	defer func() { // the direct runner lets a DoFn's panic through
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: panic: %v", name, r)
		}
	}()
	_, err = beam.Run(ctx, name, p)
	return err
}
