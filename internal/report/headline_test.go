package report

import (
	"testing"

	"leveler/internal/balance"
)

func TestHeadline(t *testing.T) {
	copies := small()
	copies.Sample.Selected = 60
	none := small()
	none.Levels = nil
	for name, tt := range map[string]struct {
		s    Summary
		want string
	}{
		"the top level":         {small(), "Selected 100 of 1,001 records; effective top-level clusters 1.18 → 2.00 of 2"},
		"copies":                {copies, "Selected 60 of 1,001 records (100 copies); effective top-level clusters 1.18 → 2.00 of 2"},
		"no level, no clusters": {none, "Selected 100 of 1,001 records"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := headline(tt.s); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestVerdict(t *testing.T) {
	// after and random effective clusters of each level
	run := func(pairs ...[2]float64) Summary {
		s := small()
		s.Levels = nil
		for _, p := range pairs {
			s.Levels = append(s.Levels, Level{Balance: balance.Comparison{
				After: balance.Figures{Clusters: 9, Effective: p[0]}, Random: balance.Figures{Clusters: 9, Effective: p[1]},
			}})
		}
		return s
	}
	var nothing Summary
	all := small()
	all.Sample.Selected, all.Sample.Copies, all.Sample.Multiplier = 1000, 2000, 2
	one := run([2]float64{1, 1})
	one.Levels[0].Balance.After.Clusters = 1
	for want, tt := range map[string]struct {
		s    Summary
		good bool
	}{
		"Nothing was selected": {nothing, false},

		"Everything was selected: there was nothing to balance": {all, false},
		"One cluster: there was nothing to balance":             {one, false},
		"More even than a random selection":                     {run([2]float64{5, 2}), true},
		"More even than a random selection at both levels":      {small(), true},
		"More even than a random selection at all 3 levels":     {run([2]float64{5, 2}, [2]float64{4, 2}, [2]float64{3, 2}), true},
		"More even than a random selection at 1 of 2 levels":    {run([2]float64{5, 2}, [2]float64{2, 2}), false},
		"Not more even than a random selection":                 {run([2]float64{1, 2}, [2]float64{2, 2}), false},
	} {
		if got, good := verdict(tt.s); got != want || good != tt.good {
			t.Errorf("got %q, %v, want %q, %v", got, good, want, tt.good)
		}
	}
}
