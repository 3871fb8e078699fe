package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"leveler/internal/balance"
)

// node is an element of a parsed page.
type node struct {
	name     string
	attrs    map[string]string
	text     string // of the element itself, without its children's
	children []*node
}

// parse reads a page as XML, which is stricter than a browser: every element is
// closed, every attribute quoted, every < of a text escaped.
func parse(t testing.TB, page string) *node {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(page))
	dec.Entity = xml.HTMLEntity
	root := &node{}
	stack := []*node{root}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		top := stack[len(stack)-1]
		switch x := token.(type) {
		case xml.StartElement:
			n := &node{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(x)
		}
	}
	return root
}

// all lists the elements of a name below n, in the page's order.
func (n *node) all(name string) []*node {
	var found []*node
	for _, c := range n.children {
		if c.name == name {
			found = append(found, c)
		}
		found = append(found, c.all(name)...)
	}
	return found
}

// texts joins all text below n.
func (n *node) texts() string {
	text := n.text
	for _, c := range n.children {
		text += " " + c.texts()
	}
	return text
}

// checkPage checks what holds for every page.
func checkPage(t testing.TB, page string) *node {
	t.Helper()
	root := parse(t, page)
	for _, name := range []string{"script", "iframe", "object", "embed", "link", "img"} {
		if n := len(root.all(name)); n > 0 {
			t.Errorf("%d <%s> elements in a page that needs none", n, name)
		}
	}
	for _, bad := range []string{"ZgotmplZ", "NaN", "Inf,", "http://", "https://", "url(", "%!"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page contains %q", bad)
		}
	}
	if h := root.all("h1"); len(h) != 1 {
		t.Errorf("got %d main headings, want 1", len(h))
	}
	ids := map[string]bool{}
	var walk func(*node)
	walk = func(n *node) {
		if id := n.attrs["id"]; id != "" {
			if ids[id] {
				t.Errorf("id %q is used twice", id)
			}
			ids[id] = true
		}
		for attr := range n.attrs {
			if strings.HasPrefix(attr, "on") {
				t.Errorf("an event handler %s in <%s>", attr, n.name)
			}
		}
		for _, c := range n.children {
			walk(c)
		}
	}
	walk(root)
	for _, svg := range root.all("svg") {
		if svg.attrs["role"] != "img" || svg.attrs["aria-label"] == "" {
			t.Errorf("a chart without a role or label: %v", svg.attrs)
		}
		for _, l := range svg.all("polyline") {
			if n := len(strings.Fields(l.attrs["points"])); n > maxPoints {
				t.Errorf("a line of %d points, want at most %d", n, maxPoints)
			}
			if len(l.all("title")) != 1 {
				t.Error("a line without a tooltip")
			}
		}
	}
	return root
}

func TestPage(t *testing.T) {
	s, data := fixture(t, []int{1000, 300, 50}, 10_000)
	root := checkPage(t, render(t, "page", s, data))

	if got, want := root.all("h1")[0].text, headline(s); got != want {
		t.Errorf("headline: got %q, want %q", got, want)
	}
	// Per level one chart of sizes with four lines and one of inertia with a line per step.
	charts := root.all("svg")
	if len(charts) != 6 {
		t.Fatalf("got %d charts, want 2 for each of 3 levels", len(charts))
	}
	for i, svg := range charts {
		want := 4
		if i%2 == 1 {
			want = s.Levels[i/2].NResamplingSteps
		}
		if got := len(svg.all("polyline")); got != want {
			t.Errorf("chart %d: got %d lines, want %d", i, got, want)
		}
	}
	// 300 clusters with rows are drawn in full.
	if got := len(strings.Fields(charts[2].all("polyline")[2].attrs["points"])); got != 300 {
		t.Errorf("level 2, all rows: got %d points, want 300", got)
	}
	text := root.texts()
	for _, want := range []string{
		"out/indices.npy", "sha256:9f2b7c31d0aa64e1", "rewriteAMD64.go", "More even than a random selection at all 3 levels",
		"target_size: 10000", "hashed character n-grams", "reused", "4 empty clusters relocated", "3 resampling steps",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if again := render(t, "page", s, data); again != render(t, "page", s, data) {
		t.Error("two pages of the same run differ")
	}
}

func TestPageIsEscaped(t *testing.T) {
	const evil = `"'></title></style><script>alert(1)</script><img src=x onerror=alert(1)> {{.}} javascript:alert(1) &amp; ` + "\x00\x1b\xff"
	s := small()
	s.Version, s.ConfigDigest, s.Distance = evil, evil, evil
	s.Input.Kind, s.Input.Path, s.Input.Embedder = evil, evil, evil
	s.Input.Bad.First = []BadRow{{evil, 1, evil}}
	s.Sample.Strategy, s.Sample.Reason = evil, evil
	s.Digests = Digests{evil, []string{evil, evil}, []string{evil, evil}}
	s.Execution.Runner, s.Execution.WorkDir, s.Execution.OutputDir, s.Execution.Started = evil, evil, evil, evil
	s.Execution.Stages = []Stage{{evil, 1, false}}
	s.Execution.Outputs = []Output{{Name: evil, Path: evil, Bytes: 1}}
	root := checkPage(t, render(t, "hostile", s, Charts{Config: evil}))

	text := root.texts()
	const whole = `"'></title></style><script>alert(1)</script><img src=x onerror=alert(1)> {{.}} javascript:alert(1) &amp; `
	// Version, config digest, distance, kind twice, path, embedder, bad row twice,
	// strategy, reason, three other digests, runner twice, two folders, start,
	// stage, output twice, config; the version twice.
	if got, least := strings.Count(text, whole), 20; got < least {
		t.Errorf("got %d hostile texts in full, want at least %d", got, least)
	}
	if strings.ContainsAny(text, "\x00\x1b") || !utf8.ValidString(text) {
		t.Error("control characters on the page")
	}
}

func TestPageAtTheEdges(t *testing.T) {
	one, oneCharts := fixture(t, []int{1}, 10)
	two, twoCharts := fixture(t, []int{40, 2}, 7)
	empty := small()
	empty.Levels[0].Balance = balance.Comparison{}
	empty.Levels[0].NClusters = 0
	short := small()
	short.Sample = Sample{TargetSize: 5000, Selected: 1000, Copies: 1000, Multiplier: 1, Strategy: "c", Reason: "1,000 rows are all there is"}
	short.Input.Bad = BadRows{Count: 12_345, First: make([]BadRow, 30)}
	odd := small()
	for name, tt := range map[string]struct {
		s    Summary
		data Charts
		want string
	}{
		"zero":     {Summary{}, Charts{}, "Nothing was selected"},
		"empty":    {empty, Charts{Levels: []LevelCharts{{Before: []int64{0, 0}}}}, "No rows to draw"},
		"one":      {one, oneCharts, "1 cluster of 12,403 rows"},
		"two":      {two, twoCharts, "Measured at level 2"},
		"short":    {short, Charts{}, "12,345 rows could not be used; the first 20 are listed, all are in bad_records.parquet."},
		"infinite": {odd, Charts{Levels: []LevelCharts{{Iterations: []Iteration{{1, math.Inf(1), 5}, {1, math.NaN(), 5}, {1, 3, 0}}}}}, "More even"},
	} {
		t.Run(name, func(t *testing.T) {
			if text := checkPage(t, render(t, name, tt.s, tt.data)).texts(); !strings.Contains(text, tt.want) {
				t.Errorf("no %q on the page", tt.want)
			}
		})
	}
}

// A page must open at once however large the run was.
func TestPageOfAMillionClusters(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	s, data := fixture(t, []int{1_000_000, 20_000, 500}, 300_000)
	for i := range data.Levels {
		for j := range 20_000 {
			data.Levels[i].Iterations = append(data.Levels[i].Iterations, Iteration{1 + j/10, 1 / float64(j+1), 1})
		}
	}
	page := render(t, "million", s, data)
	checkPage(t, page)
	if len(page) >= 500_000 {
		t.Errorf("got a page of %d bytes, want less than 500,000", len(page))
	}
}
