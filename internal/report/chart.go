package report

import (
	"math"
	"strconv"
	"strings"

	"leveler/internal/report/readable"
)

// The sizes of charts in SVG units; the page scales them to their column.
const (
	chartWidth    = 560
	sizesHeight   = 340
	inertiaHeight = 220

	marginLeft, marginRight, marginTop, marginBottom = 62, 24, 14, 50
)

// chart is a line chart as the template draws it: everything is placed, nothing
// is left to compute.
type chart struct {
	Width, Height            int
	Left, Right, Top, Bottom int    // the frame of the data
	Label                    string // what a screen reader says
	XTitle, YTitle           string
	XTicks, YTicks           []tick
	Lines                    []line
	Marks                    []tick // vertical rules in the data, with a text at their top
}

type tick struct{ At, Text string }

type line struct {
	Class, Name string
	Points      string // SVG's "x,y x,y …"
	Dots        []dot
}

// dot is a point with a tooltip.
type dot struct{ X, Y, Text string }

// axis maps values to SVG units.
type axis struct {
	lo, hi     float64
	start, end float64
	log        bool
}

func (a axis) at(v float64) string {
	lo, hi := a.lo, a.hi
	if a.log {
		v, lo, hi = math.Log10(v), math.Log10(lo), math.Log10(hi)
	}
	return strconv.FormatFloat(a.start+(a.end-a.start)*(v-lo)/(hi-lo), 'f', 1, 64)
}

func newChart(height int, xTitle, yTitle string) *chart {
	return &chart{
		Width: chartWidth, Height: height,
		Left: marginLeft, Right: chartWidth - marginRight, Top: marginTop, Bottom: height - marginBottom,
		XTitle: xTitle, YTitle: yTitle,
	}
}

func (c *chart) xAxis(lo, hi float64, log bool) axis {
	return axis{lo: lo, hi: hi, start: float64(c.Left), end: float64(c.Right), log: log}
}

func (c *chart) yAxis(lo, hi float64, log bool) axis {
	return axis{lo: lo, hi: hi, start: float64(c.Bottom), end: float64(c.Top), log: log}
}

// decades are the ticks of a logarithmic axis: the powers of ten, every other
// or third one where there are many, and 2 and 5 between them where there are few.
func (a axis) decades() []tick {
	first, last := int(math.Floor(math.Log10(a.lo)+1e-9)), int(math.Floor(math.Log10(a.hi)+1e-9))
	step, within := (last-first)/8+1, []float64{1}
	if last-first < 2 {
		within = []float64{1, 2, 5}
	}
	var ticks []tick
	for e := first; e <= last; e += step {
		for _, m := range within {
			if v := m * math.Pow10(e); v >= a.lo*(1-1e-9) && v <= a.hi*(1+1e-9) {
				ticks = append(ticks, tick{a.at(v), strings.Replace(powerOfTen(e), "1", strconv.Itoa(int(m)), 1)})
			}
		}
	}
	return ticks
}

// powerOfTen writes 10^e as axes do: 100, 1k, 10M.
func powerOfTen(e int) string {
	const suffixes = " kMGTP"
	if e < 0 || e/3 >= len(suffixes) {
		return "1e" + strconv.Itoa(e)
	}
	return strings.TrimSpace("1" + strings.Repeat("0", e%3) + suffixes[e/3:e/3+1])
}

// steps are the ticks of a linear axis: about five multiples of 1, 2 or 5 times
// a power of ten.
func (a axis) steps(whole bool) []tick {
	span := a.hi - a.lo
	size := math.Pow(10, math.Floor(math.Log10(span/5)))
	for _, m := range []float64{2, 5, 10} {
		if span/size <= 6 {
			break
		}
		size = m * math.Pow(10, math.Floor(math.Log10(span/5)))
	}
	if whole {
		size = max(math.Round(size), 1)
	}
	decimals := int(min(max(-math.Floor(math.Log10(size)+1e-9), 0), 12))
	var ticks []tick
	// Adding 0 turns -0 into 0.
	for i := math.Ceil(a.lo/size-1e-9) + 0; i*size <= a.hi+size*1e-9; i++ {
		text := strconv.FormatFloat(i*size, 'f', decimals, 64)
		if whole {
			text = readable.Count(int64(i * size))
		} else if largest := math.Max(math.Abs(a.lo), math.Abs(a.hi)); largest >= 1e6 || largest < 1e-3 {
			text = strconv.FormatFloat(i*size, 'g', 4, 64)
		}
		ticks = append(ticks, tick{a.at(i * size), text})
	}
	return ticks
}

// sizesChart draws rows per cluster by rank on logarithmic axes. It is nil when
// there is no row to draw.
func sizesChart(level int, c LevelCharts) *chart {
	series := []struct {
		class, name string
		counts      []int64
	}{ // thin lines first, so that the selection lies on top
		{"flat", nameFlat, c.Flat},
		{"random", nameRandom, c.Random},
		{"before", nameBefore, c.Before},
		{"after", nameAfter, c.After},
	}
	curves := make([][]rankPoint, len(series))
	clusters, least, most := int64(2), int64(math.MaxInt64), int64(0)
	for i, s := range series {
		curves[i] = rankCurve(s.counts, maxPoints)
		clusters = max(clusters, int64(len(s.counts)))
		if points := curves[i]; len(points) > 0 {
			most = max(most, points[0].Size)
			least = min(least, points[len(points)-1].Size)
		}
	}
	if most == 0 {
		return nil
	}

	ch := newChart(sizesHeight, "rank of the cluster, largest first", "rows in the cluster")
	floor := math.Pow(10, math.Floor(math.Log10(float64(least))+1e-9))
	x := ch.xAxis(1, float64(clusters), true)
	y := ch.yAxis(floor, max(float64(most)*1.15, floor*10), true)
	ch.XTicks, ch.YTicks = x.decades(), y.decades()
	ch.Label = "Rows per cluster of level " + strconv.Itoa(level) + " by rank, both axes logarithmic."
	for i, s := range series {
		points := curves[i]
		if len(points) == 0 {
			continue
		}
		l := line{Class: s.class, Name: s.name}
		var b strings.Builder
		decade := int64(1)
		for j, p := range points {
			px, py := x.at(float64(p.Rank)), y.at(float64(p.Size))
			if j > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(px + "," + py)
			if p.Rank >= decade || j == len(points)-1 {
				l.Dots = append(l.Dots, dot{px, py, s.name + ": rank " + readable.Count(p.Rank) + " has " + readable.Count(p.Size) + " rows"})
				for decade <= p.Rank {
					decade *= 10
				}
			}
		}
		l.Points = b.String()
		ch.Lines = append(ch.Lines, l)
		first, last := points[0], points[len(points)-1]
		ch.Label += " " + s.name + ": from " + readable.Count(first.Size) + " down to " + readable.Count(last.Size) +
			" rows over " + readable.Count(last.Rank) + " clusters with rows."
	}
	return ch
}

// inertiaChart draws the mean squared distance by iteration, one line per
// resampling step. It is nil when there is nothing to draw.
func inertiaChart(level int, iterations []Iteration) *chart {
	type point struct {
		step, at int
		mean     float64
	}
	var points []point
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, it := range iterations {
		mean := it.Inertia / float64(max(it.Points, 1))
		if math.IsNaN(mean) || math.IsInf(mean, 0) {
			continue
		}
		points = append(points, point{it.Step, i + 1, mean})
		lo, hi = min(lo, mean), max(hi, mean)
	}
	if len(points) == 0 {
		return nil
	}

	ch := newChart(inertiaHeight, "iteration", "mean squared distance")
	pad := max((hi-lo)*0.06, math.Abs(hi)*1e-6, 1e-300)
	x := ch.xAxis(1, float64(max(len(iterations), 2)), false)
	y := ch.yAxis(lo-pad, hi+pad, false)
	ch.XTicks, ch.YTicks = x.steps(true), y.steps(false)
	ch.Label = "Mean squared distance of points to their centroid at level " + strconv.Itoa(level) + ", from " +
		readable.Three(points[0].mean) + " at the first iteration to " + readable.Three(points[len(points)-1].mean) +
		" at iteration " + strconv.Itoa(len(iterations)) + "."
	var path []string
	var dots []dot
	flush := func() {
		if len(path) > 0 {
			ch.Lines = append(ch.Lines, line{Class: "after", Name: "inertia", Points: strings.Join(path, " "), Dots: dots})
		}
		path, dots = nil, nil
	}
	kept := thin(len(points), maxPoints)
	many := len(kept) > 80 // dots would hide the line
	for j, i := range kept {
		p := points[i]
		if j > 0 && p.step != points[kept[j-1]].step {
			flush()
			ch.Marks = append(ch.Marks, tick{x.at(float64(p.at)), strconv.Itoa(p.step)})
		}
		px, py := x.at(float64(p.at)), y.at(p.mean)
		path = append(path, px+","+py)
		if lastOfStep := j == len(kept)-1 || points[kept[j+1]].step != p.step; !many || lastOfStep {
			dots = append(dots, dot{px, py, "step " + strconv.Itoa(p.step) + ", iteration " + strconv.Itoa(p.at) + ": " + readable.Three(p.mean)})
		}
	}
	flush()
	if len(ch.Marks) > 20 {
		ch.Marks = nil // as many resampling steps make a fence, not a mark
	}
	return ch
}
