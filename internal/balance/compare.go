package balance

import (
	"fmt"
	"math"
)

// Input is a finished tree and a selection from it.
type Input struct {
	// Seed names the draws of the random selections.
	Seed uint64
	// Multiplier is the most times one row may be selected; 0 means 1.
	Multiplier int64
	// Leaves has the rows of every level-1 cluster that could have been selected.
	Leaves []int64
	// Selected has the selected rows of every level-1 cluster, copies counted.
	Selected []int64
	// Parents[t][i] is the cluster of level t+2 that holds cluster i of level
	// t+1; one entry less than there are levels.
	Parents [][]int32
	// Widths[t] is the number of clusters of level t+1, for those above the first
	// level that no child points to. Nil means the highest parent plus one.
	Widths []int
}

// Comparison has the figures of one level: of all rows, of the selection, and
// of the two selections of the same size it is measured against.
type Comparison struct {
	Before Figures `json:"before"`
	After  Figures `json:"after"`
	// Random is the mean over draws of random selections of the same size.
	Random Figures `json:"random"`
	// Flat is a selection with equal shares over the level-1 clusters, capped by
	// their sizes: what flat k-means curation would select, seen at this level.
	Flat Figures `json:"flat"`
}

// Level is one level's comparison and the counts behind it, for charts. Random
// has the counts of one draw.
type Level struct {
	Comparison
	BeforeCounts, AfterCounts, RandomCounts, FlatCounts []int64
}

// Compare measures the selection at every level, finest first.
func Compare(in Input) ([]Level, error) {
	if len(in.Leaves) != len(in.Selected) {
		return nil, fmt.Errorf("balance: %d cluster sizes but %d selected counts", len(in.Leaves), len(in.Selected))
	}
	if in.Widths != nil && (len(in.Widths) != len(in.Parents)+1 || in.Widths[0] != len(in.Leaves)) {
		return nil, fmt.Errorf("balance: widths %d for %d leaves and %d levels above", in.Widths, len(in.Leaves), len(in.Parents))
	}
	var target int64
	for i, n := range in.Selected {
		if n < 0 || in.Leaves[i] < 0 {
			return nil, fmt.Errorf("balance: cluster %d has %d rows and %d selected", i, in.Leaves[i], n)
		}
		target += n
	}

	before, after := in.Leaves, in.Selected
	flat := Flat(in.Seed, in.Leaves, in.Multiplier, target)
	draws := make([][]int64, drawsFor(len(in.Leaves)))
	for d := range draws {
		draws[d] = Random(in.Seed, uint64(d), in.Leaves, target)
	}

	levels := make([]Level, 0, len(in.Parents)+1)
	for t := 0; ; t++ {
		random := make([]Figures, len(draws))
		for d, counts := range draws {
			random[d] = Measure(counts)
		}
		levels = append(levels, Level{
			Comparison:   Comparison{Measure(before), Measure(after), mean(random), Measure(flat)},
			BeforeCounts: before, AfterCounts: after, RandomCounts: draws[0], FlatCounts: flat,
		})
		if t == len(in.Parents) {
			return levels, nil
		}
		up, err := in.climber(t, len(before))
		if err != nil {
			return nil, err
		}
		before, after, flat = up(before), up(after), up(flat)
		for d := range draws {
			draws[d] = up(draws[d])
		}
	}
}

// climber returns the sum of counts of level t+1 over their parents.
func (in Input) climber(t, children int) (func([]int64) []int64, error) {
	parents := in.Parents[t]
	if len(parents) != children {
		return nil, fmt.Errorf("balance: level %d has %d clusters but %d parents", t+1, children, len(parents))
	}
	k := 0
	for i, p := range parents {
		if p < 0 {
			return nil, fmt.Errorf("balance: level %d: cluster %d has parent %d", t+1, i, p)
		}
		k = max(k, int(p)+1)
	}
	if in.Widths != nil {
		if in.Widths[t+1] < k {
			return nil, fmt.Errorf("balance: level %d has %d clusters but a child of cluster %d", t+2, in.Widths[t+1], k-1)
		}
		k = in.Widths[t+1]
	}
	return func(counts []int64) []int64 {
		sums := make([]int64, k)
		for i, n := range counts {
			sums[parents[i]] += n
		}
		return sums
	}, nil
}

// drawsFor is the number of random selections to average: the figures of many
// clusters hardly vary between draws, those of few are cheap.
func drawsFor(clusters int) int {
	return min(max(200_000/max(clusters, 1), 1), 20)
}

// mean averages figures of lists with the same clusters and total.
func mean(all []Figures) Figures {
	var m Figures
	for _, f := range all {
		m.Empty += f.Empty
		m.Min += f.Min
		m.Max += f.Max
		m.Median += f.Median
		m.Gini += f.Gini
		m.NormalisedEntropy += f.NormalisedEntropy
		m.Effective += f.Effective
		m.KL += f.KL
		m.Imbalance += f.Imbalance
		m.Largest1 += f.Largest1
		m.Largest10 += f.Largest10
	}
	n := float64(len(all))
	whole := func(sum int64) int64 { return int64(math.RoundToEven(float64(sum) / n)) }
	return Figures{
		Clusters: all[0].Clusters, Total: all[0].Total,
		Empty: whole(m.Empty), Min: whole(m.Min), Max: whole(m.Max),
		Median: figure(m.Median / n), Gini: figure(m.Gini / n),
		NormalisedEntropy: figure(m.NormalisedEntropy / n), Effective: figure(m.Effective / n),
		KL: figure(m.KL / n), Imbalance: figure(m.Imbalance / n),
		Largest1: figure(m.Largest1 / n), Largest10: figure(m.Largest10 / n),
	}
}
