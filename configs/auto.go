package configs

import "leveler/internal/fit"

// ResolveLevels replaces auto levels by those for a number of rows (those that
// take part) and returns the faults that only this number shows: more clusters
// than rows, a target beyond rows x multiplier.
//
// Auto is two levels of k1 = clamp(T, 2, n/5) and k2 = k1/4 clusters, where T is
// sample.target_size and n the number of rows, seeded by kmeans||, 10 iterations,
// no resampling. About one row of each leaf is selected: with larger leaves the
// balance is that of the second level alone, and labels of real texts came out less
// even than those of random rows. docs/cases.md has the figures. Ratios above 4
// between levels did harm, and more than 10 iterations nothing. Below n = 10, where
// n/5 < 2, k1 is 2, or n if that is less; k1 < 8 leaves one level, since a second
// would have one cluster.
//
// The result depends on n and T alone. Calling it again, with the same number of
// rows, changes nothing.
func (c *Config) ResolveLevels(rows int64) error {
	if c.Levels.Auto() && rows >= 1 {
		c.Levels = autoLevels(rows, c.Sample.TargetSize)
	}
	var f faults
	f.check(rows >= 1, "input.path", "must have at least one row (got %d)", rows)
	if len(c.Levels) > 0 && rows >= 1 {
		k := c.Levels[0].NClusters
		f.check(int64(k) <= rows, "levels.0.n_clusters", "must be <= %d, the rows (got %d)", rows, k)
		f.check(k <= maxClusters, "levels.0.n_clusters", "must be from 1 to %d (got %d)", maxClusters, k)
	}
	m := int64(c.Sample.Multiplier)
	enough := m > 0 && (c.Sample.TargetSize-1)/m < rows // target <= rows x m without overflow
	f.check(enough || rows < 1, "sample.target_size", "must be <= rows x multiplier, %d x %d (got %d)", rows, m, c.Sample.TargetSize)
	return f.err()
}

// autoIters is enough: 25 and 50 iterations balance no better than 10.
const autoIters = 10

func autoLevels(n, target int64) Levels {
	k1 := max(min(target, n/5), 2)
	k1 = min(k1, n)
	levels := Levels{autoLevel(k1)}
	if k2 := k1 / 4; k2 >= 2 {
		levels = append(levels, autoLevel(k2))
	}
	return levels
}

func autoLevel(k int64) fit.Params {
	p := defaultLevel()
	p.NClusters = int(k)
	p.NIters = autoIters
	return p
}
