// Package card describes a selection to people and programs that did not make
// it: a data card in Markdown and Croissant metadata (MLCommons, version 1.0).
//
// # Determinism
//
// Equal selections have equal cards: no time, no machine and no folder is in
// them beyond what the configuration names.
package card

import (
	"fmt"
	"io"
	"strings"

	"leveler/internal/export"
	"leveler/internal/report"
	"leveler/internal/report/readable"
)

// Data is what a card tells.
type Data struct {
	Summary report.Summary
	Config  string // resolved, YAML
	// Points is the digest of the embedded rows, Input what they were made from.
	Points string
	Input  Input
	Files  []export.File // lists of the selection
	Copies []Copy
}

// Input are the raw files.
type Input struct {
	Files  int
	Bytes  int64
	Digest string // of their names and sizes
}

// Copy is a filtered copy.
type Copy struct {
	Format string
	Folder string // relative to the card
	Items  int64
	Bytes  int64
	Shards []export.File
}

// Mark is in every data card that we wrote.
const Mark = "<!-- This data card was written by Leveler. -->"

// Write writes the data card. A card of the folder that Hugging Face opens begins
// with its header. That does not say where the data are (data/train-* is found
// without): datasets keeps what it has read under a digest of the header alone when
// it does, so that another selection in a folder of the same name gave the old rows.
func Write(w io.Writer, d Data, huggingFace bool) error {
	var b strings.Builder
	if huggingFace {
		fmt.Fprintf(&b, "---\nsize_categories:\n- %s\ntags:\n- curated\n---\n", sizeCategory(d.Summary.Sample.Copies))
	}
	b.WriteString(Mark + "\n")
	s := d.Summary
	fmt.Fprintf(&b, "# A balanced selection of %s of %s records\n\n", readable.Count(s.Sample.Selected), readable.Count(s.Input.Rows))
	fmt.Fprintf(&b, "Selected by [Leveler](https://arxiv.org/abs/2405.15613) %s: the records were embedded (%s, %d dimensions), clustered\n", s.Version, s.Input.Embedder, s.Input.Dim)
	fmt.Fprintf(&b, "bottom-up over %s by k-means with resampling, and sampled evenly from the top of that tree.\n", count(len(s.Levels), "level"))
	if s.Sample.Copies != s.Sample.Selected {
		fmt.Fprintf(&b, "Some records were selected more than once: %s rows in all.\n", readable.Count(s.Sample.Copies))
	}
	b.WriteString("\n## What is here\n\n| file | items | size | sha256 |\n|---|---|---|---|\n")
	if !huggingFace {
		for _, f := range d.Files {
			fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |\n", f.Name, readable.Count(f.Items), readable.Bytes(float64(f.Bytes)), f.SHA256)
		}
	}
	for _, c := range d.Copies {
		folder, what := c.Folder, count(len(c.Shards), "shard")
		if huggingFace {
			if c.Format != "hf" {
				continue
			}
			folder = "data"
		}
		if len(c.Shards) == 0 {
			what = "single files"
		}
		fmt.Fprintf(&b, "| `%s/` (%s) | %s | %s | |\n", folder, what, readable.Count(c.Items), readable.Bytes(float64(c.Bytes)))
	}
	b.WriteString("\n## Balance\n\n| level | clusters | | all rows | selection | random selection |\n|---|---|---|---|---|---|\n")
	for i, l := range s.Levels {
		row := func(first, name string, f func(x float64) string, before, after, random float64) {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", first, name, f(before), f(after), f(random))
		}
		x := l.Balance
		row(fmt.Sprintf("%d | %s", i+1, readable.Count(x.After.Clusters)), "effective clusters", readable.Three, x.Before.Effective, x.After.Effective, x.Random.Effective)
		row(" | ", "Gini", readable.Three, x.Before.Gini, x.After.Gini, x.Random.Gini)
		row(" | ", "in the largest 10 %", readable.Percent, x.Before.Largest10, x.After.Largest10, x.Random.Largest10)
	}
	b.WriteString("\nEffective clusters is exp(entropy): as many equal clusters would be as diverse.\n\n## Provenance\n\n")
	for _, p := range []struct{ name, value string }{
		{"input", fmt.Sprintf("`%s` (%s, %s files, %s)", s.Input.Path, s.Input.Kind, readable.Count(int64(d.Input.Files)), readable.Bytes(float64(d.Input.Bytes)))},
		{"digest of the input's names and sizes", "`" + d.Input.Digest + "`"},
		{"digest of the embedded rows", "`" + d.Points + "`"},
		{"digest of the selection", "`" + s.Digests.Selection + "`"},
		{"digest of the configuration", "`" + s.ConfigDigest + "`"},
		{"seed", seeds(s)},
		{"rows that could not be used", readable.Count(s.Input.Bad.Count)},
		{"rows that repeat the id of an earlier row", readable.Count(s.Input.DuplicateIDs.Count)},
		{"program", "Leveler " + s.Version},
	} {
		fmt.Fprintf(&b, "- %s: %s\n", p.name, p.value)
	}
	b.WriteString("\nThe same configuration over the same input selects the same rows, byte for byte:\n\n```yaml\n" + d.Config + "```\n")
	b.WriteString("\n## License\n\nThat of the records, which is for you to state: a selection changes nothing in it.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// count is a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func seeds(s report.Summary) string {
	if s.Sample.Seed != 0 && s.Sample.Seed != s.Seed {
		return fmt.Sprintf("%d; of the selection's draws %d", s.Seed, s.Sample.Seed)
	}
	return fmt.Sprint(s.Seed)
}

// sizeCategory is Hugging Face's name for a number of rows.
func sizeCategory(n int64) string {
	names := []string{"1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"}
	if n < 1000 {
		return "n<1K"
	}
	for i, limit := 0, int64(10_000); i+1 < len(names); i, limit = i+1, limit*10 {
		if n < limit {
			return names[i] + "<n<" + names[i+1]
		}
	}
	return "n>1T"
}
