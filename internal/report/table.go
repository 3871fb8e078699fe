package report

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"leveler/internal/report/readable"
)

// The table stays within tableWidth columns and 20 lines: at most this many
// levels and outputs are written out.
const (
	tableWidth   = 100
	tableLevels  = 5
	tableOutputs = 5
)

// WriteTable writes the short table at the end of a run: what was selected, how
// even it is per level, and where things are.
func WriteTable(w io.Writer, s Summary) error {
	var buf bytes.Buffer
	fmt.Fprintf(&buf, "%s\n", headline(s))
	if r := s.Sample.Reason; r != "" {
		fmt.Fprintf(&buf, "Short of the target of %s: %s\n", readable.Count(s.Sample.TargetSize), visible(r))
	}
	buf.WriteByte('\n')
	if len(s.Levels) > 0 {
		writeLevels(&buf, s)
		buf.WriteByte('\n')
	}
	writePlaces(&buf, s)
	for text := range strings.Lines(buf.String()) {
		if _, err := io.WriteString(w, fit(strings.TrimRight(text, " \n"))+"\n"); err != nil {
			return fmt.Errorf("report: table: %w", err)
		}
	}
	return nil
}

func writeLevels(w io.Writer, s Summary) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "level\tclusters\tmin rows\tmedian\tmax\teffective: all\tselection\trandom\t")
	for t, l := range s.Levels {
		if t == tableLevels-1 && len(s.Levels) > tableLevels {
			fmt.Fprintf(tw, "…\t%d more\t\t\t\t\t\t\t\n", len(s.Levels)-t)
			break
		}
		b := l.Balance
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", t+1, readable.Count(int64(l.NClusters)),
			readable.Count(b.Before.Min), median(b.Before), readable.Count(b.Before.Max),
			readable.Three(b.Before.Effective), readable.Three(b.After.Effective), readable.Three(b.Random.Effective))
	}
	tw.Flush()
}

func writePlaces(w io.Writer, s Summary) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(tw, "%s\t%s\n", name, visible(value))
		}
	}
	records := readable.Count(s.Input.Rows) + " from " + s.Input.Path
	if n := s.Input.Bad.Count; n > 0 {
		records = readable.Count(s.Input.Rows) + " (" + readable.Count(n) + " bad) from " + s.Input.Path
	}
	row("records", records)
	took := readable.Seconds(duration(s.Execution.Seconds)) + " on " + s.Execution.Runner
	if reused := reusedStages(s); reused > 0 {
		took += fmt.Sprintf(", %d of %d stages reused", reused, len(s.Execution.Stages))
	}
	row("time", took)
	row("selection", s.Digests.Selection)
	row("output", s.Execution.OutputDir)
	for i, o := range s.Execution.Outputs {
		if i == tableOutputs-1 && len(s.Execution.Outputs) > tableOutputs {
			fmt.Fprintf(tw, "\t… and %d more\n", len(s.Execution.Outputs)-i)
			break
		}
		fmt.Fprintf(tw, "\t%s\t%s\n", visible(inside(s.Execution.OutputDir, o.Path)), visible(o.Name))
	}
	row("work", s.Execution.WorkDir)
	tw.Flush()
}

func reusedStages(s Summary) (n int) {
	for _, st := range s.Execution.Stages {
		if st.Reused {
			n++
		}
	}
	return n
}

// inside writes a path relative to a folder that holds it, else as it is.
func inside(folder, p string) string {
	folder = strings.TrimSuffix(folder, "/")
	if rest, ok := strings.CutPrefix(p, folder+"/"); ok && folder != "" {
		return path.Clean(rest)
	}
	return p
}

// visible keeps a user's text from moving the cursor, breaking a line or a cell.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// fit cuts the middle out of a line that is too wide: the end of a path says
// more than its middle.
func fit(text string) string {
	n := utf8.RuneCountInString(text)
	if n <= tableWidth {
		return text
	}
	runes := []rune(text)
	const tail = 48
	return string(runes[:tableWidth-tail-1]) + "…" + string(runes[n-tail:])
}
