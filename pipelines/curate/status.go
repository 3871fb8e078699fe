package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"leveler/pipelines"
)

// statusVerb shows what a run has finished.
func statusVerb(ctx context.Context, args []string) error {
	c, _, err := parse("status", args)
	if err != nil || c == nil {
		return err
	}
	stages, err := pipelines.Status(ctx, c)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range stages {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, s.State, s.Detail)
	}
	return w.Flush()
}

// unwrapped is the engine's own error, for -v.
func unwrapped(err error) error {
	var job *pipelines.JobError
	if errors.As(err, &job) {
		return job.Err
	}
	return err
}
