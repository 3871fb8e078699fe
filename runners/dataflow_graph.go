package runners

import (
	"context"
	"fmt"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/runtime/graphx"
	"google.golang.org/protobuf/proto"
)

// maxGraph is the most bytes of a job's graph: the service's documented limit
// of 10 MB.
const maxGraph = 10_000_000

// checkGraph refuses a pipeline that the service would refuse, before the
// worker binary is uploaded for it.
func checkGraph(ctx context.Context, p *beam.Pipeline) error {
	n, err := graphSize(ctx, p)
	if err != nil {
		return err
	}
	if n > maxGraph {
		return fmt.Errorf("dataflow: the graph of this job has %.1f MB, of which the service takes %d: lower resources.iterations_per_job, or raise resources.shard_bytes (a graph lists its shards)", float64(n)/1e6, maxGraph/1_000_000)
	}
	return nil
}

// graphSize is the size of the graph as it is staged.
func graphSize(ctx context.Context, p *beam.Pipeline) (int, error) {
	edges, _, err := p.Build()
	if err != nil {
		return 0, err
	}
	env, err := graphx.CreateEnvironment(ctx, graphx.URNEnvDocker, func(context.Context) string { return option("sdk_container_image") })
	if err != nil {
		return 0, err
	}
	model, err := graphx.Marshal(edges, &graphx.Options{Environment: env})
	if err != nil {
		return 0, err
	}
	return proto.Size(model), nil
}
