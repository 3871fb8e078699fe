package runners

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
)

var _ Requester = (*dataflow)(nil)

// Request has Beam make the request of a job and not send it. Beam writes it
// into its log, which is silent from then on.
func (d *dataflow) Request(ctx context.Context, p *beam.Pipeline, name string, f Folders) (*Request, error) {
	at := here(ctx)
	if err := errors.Join(d.checkPlace(at), checkStaging(), checkFolders(f), checkRefused(), checkWorkers(), checkLabels(option("labels"))); err != nil {
		return nil, err
	}
	if err := checkGraph(ctx, p); err != nil {
		return nil, err
	}
	size, err := graphSize(ctx, p)
	if err != nil {
		return nil, err
	}
	// With credentials Beam asks for the bucket's settings here too.
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	lines := new(lastJSON)
	beamlog.SetLogger(lines)
	defer beamlog.SetLogger(discard{})
	before := option("dry_run")
	setOption("dry_run", "true")
	defer setOption("dry_run", before)
	*jobopts.JobName = name
	if _, err := beam.Run(ctx, "dataflow", p); err != nil {
		return nil, explain("making the request of job "+name, err)
	}
	return &Request{JSON: string(*lines), GraphBytes: size, MaxGraphBytes: maxGraph, Missing: workerBinary(workerArch())}, nil
}

// lastJSON is a log that keeps the last object written to it.
type lastJSON string

// Log implements Beam's Logger.
func (l *lastJSON) Log(_ context.Context, _ beamlog.Severity, _ int, text string) {
	if strings.HasPrefix(text, "{") {
		*l = lastJSON(text)
	}
}

type discard struct{}

// Log implements Beam's Logger.
func (discard) Log(context.Context, beamlog.Severity, int, string) {}
