package configs

import (
	"cmp"
	"os"
	"reflect"
	"slices"
)

// Load reads a configuration file, applies the overrides in their order
// ("levels.0.n_clusters=500"), expands ${VAR} in values from the environment,
// fills in what follows from other keys and validates. Its error has every fault,
// one a line. An empty path stands for an empty file, so that overrides alone can
// be a configuration.
func Load(path string, sets []string) (*Config, error) {
	var data []byte
	if path != "" {
		var err error
		if data, err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return Parse(path, data, sets)
}

// Parse is Load for the content of a file; messages call it by name.
func Parse(name string, data []byte, sets []string) (*Config, error) {
	root, err := tree(name, data)
	if err != nil {
		return nil, err
	}
	d := &decoder{file: name, places: map[string]place{}}
	for _, arg := range sets {
		if f := override(root, arg); f != nil {
			d.faults = append(d.faults, f)
		}
	}
	c := Default()
	if !isNull(root) {
		d.section("", root, reflect.ValueOf(c).Elem())
	}
	c.Complete()
	for _, f := range c.faults() {
		if !d.faults.about(f.key) { // or it follows from what was said already
			f.place = d.placeOf(f.key)
			d.faults = append(d.faults, f)
		}
	}
	slices.SortStableFunc(d.faults, func(a, b *fault) int { return cmp.Compare(a.place.rank(), b.place.rank()) })
	if err := d.faults.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Complete fills in what follows from other keys: input.kind from the path, split
// and text_field from the kind, embed from the kind of input. It changes nothing
// that is set, and Load has called it.
func (c *Config) Complete() {
	c.Input.complete(c.Embed.Kind == EmbedPrecomputed)
	c.Embed.complete(&c.Input)
}

// Validate returns every fault, joined, one a line, each named by its key.
func (c *Config) Validate() error { return c.faults().err() }

func (c *Config) faults() faults {
	var f faults
	c.Input.validate(&f)
	c.Embed.validate(&f, &c.Input)
	f.check(c.Distance == DistanceL2 || c.Distance == DistanceCosine, "distance", "must be l2 or cosine (got %q)", c.Distance)
	c.Levels.validate(&f)
	c.Sample.validate(&f)
	c.Output.validate(&f, &c.Input)
	f.check(c.Work.Dir != "", "work.dir", `must be a folder (got "")`)
	f.supported("work.dir", c.Work.Dir)
	c.Runner.validate(&f)
	c.Resources.validate(&f)
	return f
}
