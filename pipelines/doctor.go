package pipelines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"leveler/configs"
	"leveler/internal/kernel"
	"leveler/internal/onnx"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/runners"
	"leveler/transforms/embed"
)

// Doctor tries out what a run of the configuration will need on this machine: the
// folders, the processor's path, the model and the library that runs it, the engine. It
// writes a line for each to w and returns an error when one is broken.
func Doctor(ctx context.Context, c *configs.Config, w io.Writer) error {
	runner, err := runners.Find(c.Runner.Name)
	if err != nil {
		return err
	}
	d := doctor{config: c, run: &Run{Config: c, runner: runner}, w: w}
	d.check("program", d.program)
	d.check("processor", d.processor)
	d.check("input", d.input)
	if c.Embed.Kind == configs.EmbedONNX {
		d.check("runtime", d.runtime)
	}
	d.check("embedder", d.embedder)
	if !runner.InProcess() {
		d.check("runner", func() (string, error) {
			return c.Runner.Name + " can take a job, for all that can be told from here", runner.Preflight(ctx, d.run.folders())
		})
	}
	d.check("work.dir", func() (string, error) { return writable(c.Work.Dir) })
	d.check("output.dir", func() (string, error) { return writable(c.Output.Dir) })
	if d.broken > 0 {
		return fmt.Errorf("doctor: %d of %d checks failed", d.broken, d.checks)
	}
	return nil
}

type doctor struct {
	config         *configs.Config
	run            *Run
	w              io.Writer
	checks, broken int
}

// check reports what one check finds.
func (d *doctor) check(what string, find func() (string, error)) {
	state := "ok"
	found, err := find()
	if d.checks++; err != nil {
		state, found = "FAIL", err.Error()
		d.broken++
	}
	_, _ = fmt.Fprintf(d.w, "%-4s  %-10s  %s\n", state, what, strings.ReplaceAll(found, "\n", "\n                  "))
}

func (d *doctor) program() (string, error) {
	beam := "an unknown version of Beam"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/apache/beam/sdks/v2" {
				beam = "Beam " + m.Version
			}
		}
	}
	return fmt.Sprintf("%s, %s, %s/%s", runtime.Version(), beam, runtime.GOOS, runtime.GOARCH), nil
}

// processor says which path the kernel takes.
func (d *doctor) processor() (string, error) {
	dim := cmp.Or(d.config.Embed.Dim, 384)
	path := kernel.New(make([]float32, 2*dim), 2, dim).Path()
	return fmt.Sprintf("%d threads; the kernel takes the path %s at %d dimensions", d.threads(), path, dim), nil
}

// threads is what a worker on this machine would use.
func (d *doctor) threads() int { return cmp.Or(d.config.Resources.Threads, runtime.GOMAXPROCS(0)) }

func (d *doctor) input() (string, error) {
	files, _, err := d.run.inputFiles()
	if err != nil {
		return "", err
	}
	if len(files) == 0 {
		return "", errors.New("input.path: no files")
	}
	var size int64
	for _, f := range files {
		size += f.Size
	}
	return fmt.Sprintf("%d %s files, %s, the first %s", len(files), d.config.Input.Kind, humanize.IBytes(uint64(size)), files[0].Path), nil
}

// runtime loads the library.
func (d *doctor) runtime() (string, error) {
	m := embed.Model{Library: d.config.Embed.RuntimeLibrary, LibrarySHA256: d.config.Embed.RuntimeLibrarySHA256}
	lib, err := m.LoadLibrary()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ONNX Runtime %s of %s, for %s", lib.Version(), lib.Path(), strings.Join(lib.Providers(), ", ")), nil
}

// embedder loads the embedder and measures it.
func (d *doctor) embedder() (string, error) {
	c := d.config
	if c.Embed.Kind == configs.EmbedPrecomputed {
		return "none: the input is embeddings", nil
	}
	model, err := ResolveModel(c)
	if err != nil {
		return "", err
	}
	p := d.run.embedParams(model)
	p.Threads = d.threads()
	e, err := embed.New(p)
	if err != nil {
		return "", err
	}
	sample, what, err := sampleRecords(c.Input.Medium, 32*p.Threads)
	if err != nil {
		return "", err
	}
	reasons := make([]string, len(sample))
	x := make([]float32, len(sample)*p.Dim)
	if err := e.Embed(x, reasons, sample[:1]); err != nil { // the first is slower
		return "", err
	}
	n, start := 0, time.Now()
	for time.Since(start) < time.Second {
		if err := e.Embed(x, reasons, sample); err != nil {
			return "", err
		}
		n += len(sample)
	}
	seconds := time.Since(start).Seconds()
	if reasons[0] != "" {
		return "", fmt.Errorf("cannot embed %s: %s", what, reasons[0])
	}
	found := fmt.Sprintf("%s for %s: %d dimensions, %.3g items/s of %s on %d threads", c.Embed.Kind, c.Input.Medium, p.Dim, float64(n)/seconds, what, p.Threads)
	if model.File != nil {
		found += fmt.Sprintf("\nmodel %s, opset %d, sha256 %s\ninputs %s\noutputs %s\nembedding: %s, pooling %s", model.Path, model.File.Opset, model.SHA256,
			onnx.Describe(model.File.Inputs), onnx.Describe(model.File.Outputs), model.Output, model.Pooling)
	}
	return found, nil
}

// sampleRecords are n records of a medium, and what they are.
func sampleRecords(medium string, n int) ([]records.Record, string, error) {
	data, what, err := embed.Sample(medium)
	if err != nil {
		return nil, "", err
	}
	list := make([]records.Record, n)
	for i := range list {
		list[i].Data = data
	}
	return list, what, nil
}

// writable writes a file to a folder and removes it, and a folder that was not there.
func writable(dir string) (string, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !store.IsRemote(dir) {
		defer os.Remove(dir) //nolint:errcheck // it stays where something has come into it
	}
	path := store.Join(dir, ".curate-doctor")
	if _, err := store.Publish(path, nil, func(w io.Writer) error { _, err := io.WriteString(w, "writable\n"); return err }); err != nil {
		return "", err
	}
	if err := store.Remove(path, nil); err != nil {
		return "", err
	}
	if store.IsRemote(dir) {
		return dir + " is writable", nil
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(dir, &disk); err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	free := disk.Bavail * uint64(disk.Bsize)
	if free < 100<<20 {
		return "", fmt.Errorf("%s: only %s are free", dir, humanize.IBytes(free))
	}
	return fmt.Sprintf("%s is writable, %s free", dir, humanize.IBytes(free)), nil
}
