package runners

import (
	"flag"
	"fmt"
	"maps"
	"slices"
)

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

// DryRun tells that a run is to be planned only: Beam's flag -dry_run.
func DryRun() bool { return option("dry_run") == "true" }

// option is the value of one of Beam's flags.
func option(name string) string { return flag.Lookup(name).Value.String() }

// setOption sets one of Beam's flags, as if the user had.
func setOption(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err) // no such flag, or no value for it: a fault of the caller
	}
}
