package progress

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// screen plays what a terminal shows: carriage returns, cleared lines and
// cleared ends of lines.
func screen(out string) []string {
	var lines []string
	var line []rune
	at := 0
	for len(out) > 0 {
		switch {
		case strings.HasPrefix(out, "\x1b[2K"):
			line, out = nil, out[4:]
			for range at {
				line = append(line, ' ')
			}
			continue
		case strings.HasPrefix(out, "\x1b[0K"):
			line, out = line[:at], out[4:]
			continue
		}
		r := []rune(out)[0]
		out = out[len(string(r)):]
		switch r {
		case '\r':
			at = 0
		case '\n':
			lines = append(lines, strings.TrimRight(string(line), " "))
			line, at = nil, 0
		default:
			for at >= len(line) {
				line = append(line, ' ')
			}
			line[at] = r
			at++
		}
	}
	return append(lines, strings.TrimRight(string(line), " "))
}

func last(lines []string) string { return lines[len(lines)-1] }

func TestBar(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := NewWithClock(&out, true, c.now)

	s := r.Stage("embed", 200_000, "rows")
	if got, want := last(screen(out.String())), "   0% |                |  embed: 0 of 200,000 rows"; got != want {
		t.Errorf("at the start: got %q, want %q", got, want)
	}
	before := out.Len()
	s.Add(1)
	if out.Len() != before {
		t.Error("a bar is drawn again at once")
	}
	c.pass(2 * time.Second)
	s.Add(99_999)
	half := "  50% |████████        |  embed: 100,000 of 200,000 rows, 50,000/s, 2.0 s left"
	if got := last(screen(out.String())); got != half {
		t.Errorf("half: got  %q\nwant %q", got, half)
	}

	if _, err := r.Write([]byte("slow disk\n")); err != nil {
		t.Fatal(err)
	}
	lines := screen(out.String())
	if len(lines) != 2 || lines[0] != "slow disk" || lines[1] != half {
		t.Errorf("after a log: got %q", lines)
	}

	// A bar that is full, but whose stage goes on, stays.
	c.pass(time.Second)
	s.Set(200_000)
	if got := last(screen(out.String())); !strings.Contains(got, "99%") || !strings.Contains(got, "200,000 of 200,000") {
		t.Errorf("full: got %q", got)
	}
	c.pass(time.Second)
	s.Done("2 files")
	lines = screen(out.String())
	if want := "embed: done in 4.0 s, 200,000 rows, 50,000 rows/s; 2 files"; len(lines) != 3 || lines[1] != want || lines[2] != "" {
		t.Errorf("done: got %q, want %q and an empty line", lines, want)
	}
}

func TestBarOfUnknownTotal(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := NewWithClock(&out, true, c.now)
	s := r.Stage("decode", 0, "rows")
	for range 50 {
		c.pass(time.Second)
		s.Add(10)
	}
	if got := last(screen(out.String())); !strings.HasSuffix(got, "decode: 500 rows, 10/s") {
		t.Errorf("spinner: got %q", got)
	}
	s.SetTotal(1000)
	c.pass(time.Second)
	s.Add(10)
	if got := last(screen(out.String())); !strings.HasPrefix(got, "  51% |████████ ") {
		t.Errorf("once the total is known: got %q", got)
	}
	s.Fail()
	if lines := screen(out.String()); len(lines) != 2 || lines[0] != "decode: stopped after 51 s" {
		t.Errorf("failed: got %q", lines)
	}
}

func TestNestedBars(t *testing.T) {
	var out bytes.Buffer
	c := newClock()
	r := NewWithClock(&out, true, c.now)
	outer := r.Stage("level 1", 10, "iterations")
	inner := r.Stage("assign", 4, "shards")
	if got := last(screen(out.String())); !strings.HasSuffix(got, "assign: 0 of 4 shards") {
		t.Errorf("inner: got %q", got)
	}
	inner.Skip("already done")
	lines := screen(out.String())
	if len(lines) != 2 || lines[0] != "assign: already done" || !strings.HasSuffix(lines[1], "level 1: 0 of 10 iterations") {
		t.Errorf("after inner: got %q", lines)
	}
	outer.Done("")
	if lines := screen(out.String()); last(lines) != "" || lines[1] != "level 1: done in 0.0 s" {
		t.Errorf("after outer: got %q", lines)
	}
}
