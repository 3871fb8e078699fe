package configs

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAutoLevels(t *testing.T) {
	tests := []struct {
		rows, target int64
		want         []int
	}{
		{1_000_000, 10_000, []int{10_000, 2500}},              // T
		{20_000, 10_000, []int{4000, 1000}},                   // n/5
		{1000, 8, []int{8, 2}},                                // the smallest with two levels
		{1000, 7, []int{7}},                                   // a second level would have one cluster
		{1000, 1, []int{2}},                                   // at least 2
		{9, 5, []int{2}},                                      // n/5 < 2
		{2, 1, []int{2}},                                      // as many as rows
		{1, 1, []int{1}},                                      // never more than rows
		{100, 100, []int{20, 5}},                              // everything selected
		{1 << 33, 1 << 32, []int{1_717_986_918, 429_496_729}}, // 2^33/5 and a quarter of it
	}
	for _, tt := range tests {
		c := with(func(c *Config) { c.Sample.TargetSize = tt.target })
		if err := c.ResolveLevels(tt.rows); err != nil {
			t.Errorf("%d rows, target %d: %v", tt.rows, tt.target, err)
		}
		var got []int
		for _, l := range c.Levels {
			got = append(got, l.NClusters)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d rows, target %d: %v, want %v", tt.rows, tt.target, got, tt.want)
		}
	}
}

// TestAutoLevelsAreValid for any number of rows and any target they can meet.
func TestAutoLevelsAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.Int64Range(1, 1<<33).Draw(t, "rows")
		c := with(func(c *Config) {
			c.Input.Path = Paths{"x.npy"}
			c.Sample.TargetSize = rapid.Int64Range(1, rows).Draw(t, "target")
		})
		c.Complete()
		if err := c.ResolveLevels(rows); err != nil {
			t.Fatal(err)
		}
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		again := *c
		if err := again.ResolveLevels(rows); err != nil || !cmp.Equal(c, &again) {
			t.Fatalf("resolving twice: %v, %+v", err, again)
		}
	})
}

func TestResolveLevelsFaults(t *testing.T) {
	level := defaultLevel()
	level.NClusters = 50
	tests := []struct {
		rows, target int64
		multiplier   int
		levels       Levels
		want         string
	}{
		{0, 5, 1, nil, "input.path: must have at least one row (got 0)"},
		{10, 11, 1, nil, "sample.target_size: must be <= rows x multiplier, 10 x 1 (got 11)"},
		{10, 20, 2, nil, ""},
		{10, 21, 2, nil, "sample.target_size: must be <= rows x multiplier, 10 x 2 (got 21)"},
		{1 << 62, 1 << 62, 1 << 62, nil, "levels.0.n_clusters: must be from 1 to 2147483647 (got 922337203685477580)"}, // 2^62/5
		{50, 5, 1, Levels{level}, ""},
		{49, 50, 1, Levels{level}, "levels.0.n_clusters: must be <= 49, the rows (got 50)\n" +
			"sample.target_size: must be <= rows x multiplier, 49 x 1 (got 50)"},
	}
	for _, tt := range tests {
		c := with(func(c *Config) {
			c.Levels, c.Sample.TargetSize, c.Sample.Multiplier = tt.levels, tt.target, tt.multiplier
		})
		got := ""
		if err := c.ResolveLevels(tt.rows); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%d rows, target %d:\n got %s\nwant %s", tt.rows, tt.target, got, tt.want)
		}
	}
}
