package configs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoLevels = `
input: {path: x.npy}
levels: [&a {n_clusters: 20, n_iters: 5}, {n_clusters: 10}]
sample: {target_size: 5}
`

func TestSet(t *testing.T) {
	tests := []struct {
		set  string
		want func(c *Config)
	}{
		{"levels.0.n_clusters=500", func(c *Config) { c.Levels[0].NClusters = 500 }},
		{"levels.1.n_iters=1_0", func(c *Config) { c.Levels[1].NIters = 10 }},
		{"levels=auto", func(c *Config) { c.Levels = nil }},
		{"levels=", func(c *Config) { c.Levels = nil }},
		{"levels=[{n_clusters: 3}]", func(c *Config) { c.Levels = Levels{defaultLevel()}; c.Levels[0].NClusters = 3 }},
		{"levels.1={n_clusters: 3}", func(c *Config) { c.Levels[1] = defaultLevel(); c.Levels[1].NClusters = 3 }},
		{"seed=18446744073709551615", func(c *Config) { c.Seed = 1<<64 - 1 }},
		{"seed=~", func(*Config) {}},
		{"input.include=*.go", func(c *Config) { c.Input.Include = []string{"*.go"} }},
		{`input.include=["*.go", a#b]`, func(c *Config) { c.Input.Include = []string{"*.go", "a#b"} }},
		{`input.path="[x].npy"`, func(c *Config) { c.Input.Path = Paths{"[x].npy"} }},
		{"input.path=dir #1/a=b: c.npy", func(c *Config) { c.Input.Path = Paths{"dir #1/a=b: c.npy"} }},
		{"input.path=${LEVELER_TEST}/x.npy", func(c *Config) { c.Input.Path = Paths{"data/x.npy"} }},
		{"output.formats=npy", func(c *Config) { c.Output.Formats = []string{"npy"} }},
		{"runner.options.parallelism=4", func(c *Config) { c.Runner.Options = map[string]string{"parallelism": "4"} }},
		{"runner.options.labels={team: vision, n: 2, more: {a: b}}", func(c *Config) {
			c.Runner.Options = map[string]string{"labels": `{"more":{"a":"b"},"n":"2","team":"vision"}`}
		}},
		{"runner.options.a.b=[1, 2]", func(c *Config) { c.Runner.Options = map[string]string{"a.b": "1,2"} }},
		{"resources.shard_bytes=64KiB", func(c *Config) { c.Resources.ShardBytes = 64 * KiB }},
		{"embed={}", func(*Config) {}},
	}
	t.Setenv("LEVELER_TEST", "data")
	for _, tt := range tests {
		t.Run(tt.set, func(t *testing.T) {
			want, err := Parse("f", []byte(twoLevels), nil)
			if err != nil {
				t.Fatal(err)
			}
			tt.want(want)
			got, err := Parse("f", []byte(twoLevels), []string{tt.set})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			roundTrip(t, got)
		})
	}
}

func TestSetErrors(t *testing.T) {
	tests := []struct{ set, want string }{
		{"levels.0.n_cluster=500", "-set: levels.0.n_cluster: is not a known key; did you mean n_clusters?"},
		{"n_iters=5", "-set: n_iters: is not a known key; did you mean levels.N.n_iters?"},
		{"samples.target_size=5", "-set: samples: is not a known key; did you mean sample?"},
		{"a.b.c=5", "-set: a: is not a known key"},
		{"levels.2.n_clusters=5", `-set: levels.2.n_clusters: levels has no entry "2"; its entries are 0 to 1`},
		{"levels.-1.n_clusters=5", `-set: levels.-1.n_clusters: levels has no entry "-1"; its entries are 0 to 1`},
		{"levels.n_clusters=5", `-set: levels.n_clusters: levels has no entry "n_clusters"; its entries are 0 to 1`},
		{"input.include.0=x", `-set: input.include.0: input.include has no entry "0", for it is not a list here; set the whole list`},
		{"input.path.x=y", `-set: input.path.x: input.path is "x.npy" and has no keys`},
		{"levels.0.n_iters=0", "-set: levels.0.n_iters: must be >= 1 (got 0)"},
		{"levels.0.n_clusters=10", "f:3: levels.1.n_clusters: must be < 10, the clusters of levels.0 (got 10)"},
		{"seed=x", `-set: seed: must be an integer from 0 to 2^64-1 (got "x")`},
		{"seed=[", `-set: seed: must be a value in YAML (got "["): line 1: did not find expected node content`},
		{"seed", `-set: must be key=value, such as levels.0.n_clusters=500 (got "seed")`},
		{"=1", `-set: must be key=value, such as levels.0.n_clusters=500 (got "=1")`},
		{"levels..n_iters=1", "-set: levels..n_iters: must be names joined by dots, such as levels.0.n_clusters"},
		{"sample={}", "-set: sample.target_size: is required: the number of rows to select"},
	}
	for _, tt := range tests {
		_, err := Parse("f", []byte(twoLevels), []string{tt.set})
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.set, err, tt.want)
		}
	}
}

// TestSetChangesOneUseOfAnAlias: what an alias (*name) stands for stays.
func TestSetChangesOneUseOfAnAlias(t *testing.T) {
	data := "input: {path: x.npy, include: &list [a, b], exclude: *list}\nsample: {target_size: 5}\n"
	c, err := Parse("f", []byte(data), []string{"input.exclude.1=c"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(append(c.Input.Include, c.Input.Exclude...), " "); got != "a b a c" {
		t.Errorf("include and exclude are %q, want a b a c", got)
	}
}

func TestSetAlone(t *testing.T) {
	c, err := Load("", []string{"input.path=x.jsonl.gz", "sample.target_size=100_000", "sample.target_size=1e3"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Input.Kind != KindJSONL || c.Input.TextField != "text" || c.Embed.Kind != EmbedBuiltin || c.Sample.TargetSize != 1000 {
		t.Errorf("got %+v", c)
	}
	_, err = Load("", []string{"sample.target_size=10"})
	if want := "input.path: is required: a file, a glob or a folder ending in /..."; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
