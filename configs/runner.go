package configs

// Runner is the engine.
type Runner struct {
	// Name is one of the runners.
	Name string `yaml:"name" json:"name"`
	// Options are Beam's own flags by their own names. Package runners knows them.
	Options map[string]string `yaml:"options" json:"options"`
}

// The runners.
const (
	RunnerDirect   = "direct"
	RunnerPrism    = "prism"
	RunnerFlink    = "flink"
	RunnerDataflow = "dataflow"
)
