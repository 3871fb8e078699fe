// Curate is Leveler's command: it curates a pile of data into a balanced
// training set.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
)

func main() {
	// A worker is this binary started by an engine with --worker: beam.Init takes
	// over before anything else happens, and does not return.
	if isWorker(os.Args[1:]) {
		removeStaged()
		leaveWithParent()
		flag.Parse()
		beam.Init()
	}
	os.Exit(exitCode(run(os.Args[1:])))
}

func isWorker(args []string) bool {
	for _, a := range args {
		if name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "="); strings.HasPrefix(a, "-") && name == "worker" {
			return true
		}
	}
	return false
}

func isHelp(arg string) bool {
	switch strings.TrimLeft(arg, "-") {
	case "h", "help":
		return true
	}
	return false
}

// errUsage has been explained to the user already.
var errUsage = errors.New("usage")

// run is the program; only main exits.
func run(args []string) error {
	if len(args) == 0 || isHelp(args[0]) || args[0] == "help" {
		usage(os.Stdout)
		if len(args) == 0 {
			return errUsage
		}
		return nil
	}
	v, ok := verbs()[args[0]]
	if !ok && strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("curate: the verb comes first, as in: curate run %s; see curate -h", strings.Join(args, " "))
	}
	if !ok {
		return fmt.Errorf("curate: there is no verb %q; the verbs are %s", args[0], strings.Join(verbNames(), ", "))
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	go onSignal(cancel)
	return v.run(ctx, args[1:])
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(os.Stderr, "curate: "+strings.TrimPrefix(err.Error(), "curate: "))
	if errors.Is(err, errInterrupted) {
		return exitInterrupted
	}
	return 1
}
