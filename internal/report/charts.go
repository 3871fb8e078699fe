package report

// Charts is what the report draws beyond the summary. Every list may be empty;
// a chart without data says so.
type Charts struct {
	// Levels are in the summary's order.
	Levels []LevelCharts
	// Config is the resolved config, as text.
	Config string
}

// LevelCharts is what is drawn of one level.
type LevelCharts struct {
	// Rows per cluster, in any order; the report sorts copies of them.
	Before, After, Random, Flat []int64
	// Iterations is the level's history, in order.
	Iterations []Iteration
}

// Iteration is one Lloyd iteration.
type Iteration struct {
	// Step is the resampling step, from 1.
	Step int
	// Inertia is the sum of squared distances over Points, which are fewer in a
	// resampling step. The report draws their quotient.
	Inertia float64
	Points  int64
}
