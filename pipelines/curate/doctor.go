package main

import (
	"context"
	"os"

	"leveler/pipelines"
)

// doctorVerb tries out what a run will need.
func doctorVerb(ctx context.Context, args []string) error {
	c, _, err := parse("doctor", args)
	if err != nil || c == nil {
		return err
	}
	return pipelines.Doctor(ctx, c, os.Stdout)
}
