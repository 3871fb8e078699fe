package main

import (
	"context"
	"os"

	"leveler/pipelines"
)

// doctorVerb tries out what a run will need.
func doctorVerb(_ context.Context, args []string) error {
	c, _, err := parse("doctor", args)
	if err != nil || c == nil {
		return err
	}
	return pipelines.Doctor(c, os.Stdout)
}
