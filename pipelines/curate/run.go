package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"

	"leveler/configs"
	"leveler/internal/progress"
	"leveler/internal/report"
	"leveler/pipelines"
	"leveler/runners"
)

// options are the command's own flags.
type options struct {
	config  string
	sets    []string
	runner  string
	verbose bool
}

// parse reads the flags of a verb, ours and Beam's, and loads the
// configuration. After -h, which it answers, there is none.
func parse(verb string, args []string) (*configs.Config, *options, error) {
	o := new(options)
	fs := flag.CommandLine
	fs.Init(verb, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&o.config, "config", "", "the configuration file")
	fs.Func("set", "KEY=VALUE", func(s string) error { o.sets = append(o.sets, s); return nil })
	fs.StringVar(&o.runner, "runner", "", "the engine")
	fs.BoolVar(&o.verbose, "v", false, "show the engine's log")
	if verb == "sample" {
		for _, name := range sampleFlags {
			fs.Func(name, "N", func(s string) error { o.sets = append(o.sets, "sample."+name+"="+s); return nil })
		}
	}
	if err := fs.Parse(args); err != nil {
		if err == flag.ErrHelp { //nolint:errorlint // the flag package returns it bare
			usage(os.Stdout)
			return nil, nil, nil
		}
		return nil, nil, fmt.Errorf("%s: %w; see curate -h", verb, err)
	}
	if fs.NArg() > 0 {
		return nil, nil, fmt.Errorf("%s: %q is no flag; see curate -h", verb, fs.Arg(0))
	}
	if o.runner != "" {
		o.sets = append(o.sets, "runner.name="+o.runner)
	}
	if o.config == "" && len(o.sets) == 0 {
		return nil, nil, fmt.Errorf("%s: -config is missing; see curate -h", verb)
	}
	c, err := configs.Load(o.config, o.sets)
	if err != nil {
		return nil, nil, err
	}
	return c, o, runners.SetOptions(fs, c.Runner.Options, append([]string{"config", "set", "runner", "v"}, sampleFlags...)...)
}

// sampleFlags are flags of curate sample: short for -set sample.NAME.
var sampleFlags = []string{"target_size", "seed"}

// runVerb curates.
func runVerb(ctx context.Context, args []string) error {
	return curation(ctx, "run", args, (*pipelines.Run).Curate)
}

// sampleVerb draws another selection from a finished tree.
func sampleVerb(ctx context.Context, args []string) error {
	return curation(ctx, "sample", args, (*pipelines.Run).Redraw)
}

func curation(ctx context.Context, verb string, args []string, do func(*pipelines.Run, context.Context) (*report.Summary, error)) error {
	c, o, err := parse(verb, args)
	if err != nil || c == nil {
		return err
	}
	engine, err := runners.Find(c.Runner.Name)
	if err != nil {
		return err
	}
	remote.Store(!engine.InProcess())
	beam.Init()
	quiet(o.verbose)
	if runners.DryRun() {
		return (&pipelines.Run{Config: c}).Plan(ctx, os.Stdout)
	}
	r := &pipelines.Run{Config: c, Progress: progress.New(os.Stderr, progress.IsTerminal(os.Stderr)), Version: version()}
	s, err := do(r, ctx)
	if err != nil {
		if o.verbose {
			fmt.Fprintf(os.Stderr, "%+v\n", unwrapped(err))
		}
		return err
	}
	return report.WriteTable(os.Stdout, *s)
}

// quiet silences Beam, which logs every pipeline; it must come after beam.Init.
func quiet(verbose bool) {
	if verbose {
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler))
	beamlog.SetLogger(silent{})
}

type silent struct{}

// Log implements Beam's Logger.
func (silent) Log(context.Context, beamlog.Severity, int, string) {}

// version is what the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}

// configVerb prints the resolved configuration.
func configVerb(_ context.Context, args []string) error {
	c, _, err := parse("config", args)
	if err != nil || c == nil {
		return err
	}
	b, err := c.Marshal()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(b)
	return err
}
