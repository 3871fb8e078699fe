// Package configs is the configuration of a run: its schema with defaults, strict
// loading that names every fault by its key, and the presets (*.yaml beside this
// file).
//
// [Load] goes from a file and -set overrides to a [Config] that is complete and
// valid but for what only the data can tell; once the number of rows is known,
// [Config.ResolveLevels] adds that. Keys written as a.b.0.c are paths into the
// YAML: names joined by dots, list entries by their index from 0.
//
// Relative paths mean what they mean to a shell: they start at the current
// folder, not at the folder of the configuration file.
package configs

// Config is a whole run. Every key has a default but input.path and
// sample.target_size; [Keys] has them all.
type Config struct {
	// Seed decides every random draw.
	Seed uint64 `yaml:"seed" json:"seed"`
	// Input says what is curated.
	Input Input `yaml:"input" json:"input"`
	// Embed says how records become points.
	Embed Embed `yaml:"embed" json:"embed"`
	// Distance is DistanceL2 or DistanceCosine.
	Distance string `yaml:"distance" json:"distance"`
	// Levels are the levels of the tree, finest first; none means auto.
	Levels Levels `yaml:"levels" json:"levels"`
	// Sample says how much is selected, and how.
	Sample Sample `yaml:"sample" json:"sample"`
	// Work is where a run keeps what it can go on from.
	Work Work `yaml:"work" json:"work"`
	// Output is where the selection goes, and in which formats.
	Output Output `yaml:"output" json:"output"`
	// Runner is the engine.
	Runner Runner `yaml:"runner" json:"runner"`
	// Resources decide where work runs and in which portions, never what comes out.
	Resources Resources `yaml:"resources" json:"resources"`
}

// The distances.
const (
	DistanceL2     = "l2"
	DistanceCosine = "cosine" // l2 between normalised rows and normalised centroids
)

// Cosine tells whether rows and centroids are normalised.
func (c *Config) Cosine() bool { return c.Distance == DistanceCosine }

// SampleSeed is the seed of the selection's draws.
func (c *Config) SampleSeed() uint64 {
	if c.Sample.Seed != 0 {
		return c.Sample.Seed
	}
	return c.Seed
}

// Default returns the configuration of an empty file. What depends on another
// key, such as input.kind on the path, is still empty in it; Load fills it in.
func Default() *Config {
	return &Config{
		Seed:      1,
		Input:     defaultInput(),
		Embed:     defaultEmbed(),
		Distance:  DistanceL2,
		Sample:    defaultSample(),
		Work:      Work{Dir: "work"},
		Output:    defaultOutput(),
		Runner:    Runner{Name: RunnerDirect},
		Resources: defaultResources(),
	}
}
