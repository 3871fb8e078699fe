package configs

import (
	"maps"
	"regexp"
	"slices"
)

// Runner is the engine.
type Runner struct {
	// Name is one of the runners.
	Name string `yaml:"name" json:"name"`
	// Options are Beam's own flags by their own names, known to package runners. A
	// list in YAML becomes one value with commas, a mapping becomes JSON.
	Options map[string]string `yaml:"options" json:"options"`
}

// The runners.
const (
	RunnerDirect   = "direct"
	RunnerPrism    = "prism"
	RunnerFlink    = "flink"
	RunnerDataflow = "dataflow"
)

// flagName is what a Beam flag's name is made of.
var flagName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

func (r *Runner) validate(f *faults) {
	f.check(slices.Contains([]string{RunnerDirect, RunnerPrism, RunnerFlink, RunnerDataflow}, r.Name),
		"runner.name", "must be direct, prism, flink or dataflow (got %q)", r.Name)
	for _, name := range slices.Sorted(maps.Keys(r.Options)) {
		f.check(flagName.MatchString(name), "runner.options", "must have names of Beam's flags (got %q)", name)
	}
}
