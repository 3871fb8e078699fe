package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
)

// verb is a subcommand.
type verb struct {
	help string
	run  func(ctx context.Context, args []string) error
}

// verbs are what curate can do.
func verbs() map[string]verb {
	return map[string]verb{
		"run":    {"curate the input: do every stage that is not finished yet", runVerb},
		"sample": {"draw another selection from a finished tree, without clustering", sampleVerb},
		"doctor": {"try out what a run will need here: folders, processor, model and its runtime", doctorVerb},
		"status": {"show which stages are finished", statusVerb},
		"config": {"print the configuration with all defaults filled in", configVerb},
	}
}

func verbNames() []string { return slices.Sorted(maps.Keys(verbs())) }

// usage is our own: Beam's 50 flags would hide it.
func usage(w io.Writer) {
	_, _ = fmt.Fprint(w, `Curate turns a raw pile of data into a large, diverse, balanced training set.

Usage:

	curate VERB -config FILE [-set KEY=VALUE ...] [flags] [Beam's flags]

Verbs:

`)
	for _, name := range verbNames() {
		_, _ = fmt.Fprintf(w, "	%-8s %s\n", name, verbs()[name].help)
	}
	_, _ = fmt.Fprint(w, `
Flags:

	-config FILE     the configuration (YAML); see configs/ for examples
	-set KEY=VALUE   set one key of it, as in -set levels.0.n_clusters=500; repeatable
	-runner NAME     the engine: direct (default), prism, flink or dataflow; runner.name
	-dry_run         show the stages and jobs to come, and on dataflow the first job's
	                 request; nothing is submitted or written
	-v               show the engine's own log
	-target_size N   sample only: the same as -set sample.target_size=N
	-seed N          sample only: the same as -set sample.seed=N

The shortest run needs no file:

	curate run -set input.path=data.npy -set sample.target_size=10000

Beam's flags, such as -num_workers, follow under their own names; runner.options in
the configuration sets them too, and the command line wins.
`)
}
