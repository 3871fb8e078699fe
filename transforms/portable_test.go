package transforms_test

import (
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/graph"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/runtime/graphx"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
)

// checkPortable refuses what local engines let pass and Flink does not: side
// inputs, which may not be ready when a Go worker asks for them, and rows, which
// Flink decodes in its own way.
func checkPortable(t *testing.T, p *beam.Pipeline) {
	t.Helper()
	edges, _, err := p.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edges {
		for _, in := range e.Input {
			if in.Kind != graph.Main {
				t.Errorf("%s has a side input", e.Name())
			}
		}
	}
	model, err := graphx.Marshal(edges, &graphx.Options{Environment: &pipepb.Environment{}})
	if err != nil {
		t.Fatal(err)
	}
	for id, c := range model.GetComponents().GetCoders() {
		if c.GetSpec().GetUrn() == "beam:coder:row:v1" {
			t.Errorf("coder %s is a row: register one for the type", id)
		}
	}
}
