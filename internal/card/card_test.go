package card

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/balance"
	"leveler/internal/export"
	"leveler/internal/report"
)

func data() Data {
	return Data{
		Summary: report.Summary{
			Version: "v1", ConfigDigest: "cccc", Seed: 1, Distance: "l2",
			Input: report.Input{
				Kind: "images", Path: "x/...", Rows: 12_345, Eligible: 12_340, Dim: 769, Embedder: "builtin",
				Bad: report.BadRows{Count: 5}, DuplicateIDs: report.BadRows{Count: 2},
			},
			Levels: []report.Level{{NClusters: 40, Balance: balance.Comparison{
				Before: balance.Figures{Clusters: 40, Effective: 12.345, Gini: 0.5, Largest10: 0.75},
				After:  balance.Figures{Clusters: 40, Effective: 39, Gini: 0.1, Largest10: 0.25},
				Random: balance.Figures{Clusters: 40, Effective: 12, Gini: 0.5, Largest10: 0.5},
			}}},
			Sample:  report.Sample{TargetSize: 1500, Selected: 1000, Copies: 1500, Multiplier: 2, Seed: 7},
			Digests: report.Digests{Selection: "5e1ec71001234567"},
		},
		Config: "seed: 1\n", Points: "aaaa", Input: Input{Files: 3, Bytes: 2_000_000, Digest: "dddd"},
		Files: []export.File{{Name: "indices.npy", Items: 1500, Bytes: 12_128, SHA256: "11"}, {Name: "selection.parquet", Items: 1000, Bytes: 9000, SHA256: "22"}},
		Copies: []Copy{
			{Format: "hf", Folder: "hf", Items: 1500, Bytes: 3000, Shards: []export.File{{Name: "data/train-00000-of-00001.parquet", Items: 1500, Bytes: 3000, SHA256: "33"}}},
			{Format: "files", Folder: "files", Items: 1500, Bytes: 4000},
		},
	}
}

// TestCard compares the whole card with what it must say.
func TestCard(t *testing.T) {
	const want = Mark + `
# A balanced selection of 1,000 of 12,345 records

Selected by [Leveler](https://arxiv.org/abs/2405.15613) v1: the records were embedded (builtin, 769 dimensions), clustered
bottom-up over 1 level by k-means with resampling, and sampled evenly from the top of that tree.
Some records were selected more than once: 1,500 rows in all.

## What is here

| file | items | size | sha256 |
|---|---|---|---|
| ` + "`indices.npy` | 1,500 | 12.1 kB | `11`" + ` |
| ` + "`selection.parquet` | 1,000 | 9.0 kB | `22`" + ` |
| ` + "`hf/` (1 shard) | 1,500 | 3.0 kB" + ` | |
| ` + "`files/` (single files) | 1,500 | 4.0 kB" + ` | |

## Balance

| level | clusters | | all rows | selection | random selection |
|---|---|---|---|---|---|
| 1 | 40 | effective clusters | 12.3 | 39.0 | 12.0 |
|  |  | Gini | 0.500 | 0.100 | 0.500 |
|  |  | in the largest 10 % | 75.0 % | 25.0 % | 50.0 % |

Effective clusters is exp(entropy): as many equal clusters would be as diverse.

## Provenance

- input: ` + "`x/...`" + ` (images, 3 files, 2.0 MB)
- digest of the input's names and sizes: ` + "`dddd`" + `
- digest of the embedded rows: ` + "`aaaa`" + `
- digest of the selection: ` + "`5e1ec71001234567`" + `
- digest of the configuration: ` + "`cccc`" + `
- seed: 1; of the selection's draws 7
- rows that could not be used: 5
- rows that repeat the id of an earlier row: 2
- program: Leveler v1

The same configuration over the same input selects the same rows, byte for byte:

` + "```yaml\nseed: 1\n```" + `

## License

That of the records, which is for you to state: a selection changes nothing in it.
`
	var b strings.Builder
	if err := Write(&b, data(), false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestHuggingFaceCard begins with its header and names nothing outside its folder.
func TestHuggingFaceCard(t *testing.T) {
	var b strings.Builder
	if err := Write(&b, data(), true); err != nil {
		t.Fatal(err)
	}
	const head = "---\nsize_categories:\n- 1K<n<10K\ntags:\n- curated\n---\n" + Mark
	if got := b.String(); !strings.HasPrefix(got, head) || !strings.Contains(got, "| `data/` (1 shard) |") || strings.Contains(got, "indices.npy") || strings.Contains(got, "files/") {
		t.Errorf("got %s", got)
	}
}

func TestSizeCategory(t *testing.T) {
	for n, want := range map[int64]string{
		0: "n<1K", 999: "n<1K", 1000: "1K<n<10K", 9999: "1K<n<10K", 10_000: "10K<n<100K", 743_000_000: "100M<n<1B", 999_999_999_999: "100B<n<1T", 1_000_000_000_000: "n>1T",
	} {
		if got := sizeCategory(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

// TestCroissant: every file with its digest, and the table's columns as fields.
func TestCroissant(t *testing.T) {
	croissant := func(d Data) (c struct {
		Context      map[string]any `json:"@context"`
		Name         string
		ConformsTo   string
		Distribution []map[string]string
		RecordSet    []struct {
			Field []struct {
				Name, DataType string
				Source         struct {
					FileObject map[string]string
					Extract    map[string]string
				}
			}
		}
	},
	) {
		var b strings.Builder
		if err := WriteCroissant(&b, d); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(b.String()), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := croissant(data())
	object := func(name, size, encoding, digest string) map[string]string {
		return map[string]string{"@type": "cr:FileObject", "@id": name, "name": name, "contentUrl": name, "contentSize": size, "encodingFormat": encoding, "sha256": digest}
	}
	want := []map[string]string{
		object("indices.npy", "12128 B", "application/octet-stream", "11"), object("selection.parquet", "9000 B", "application/x-parquet", "22"),
		object("hf/data/train-00000-of-00001.parquet", "3000 B", "application/x-parquet", "33"),
	}
	if diff := cmp.Diff(want, c.Distribution); diff != "" {
		t.Errorf("distribution (-want +got):\n%s", diff)
	}
	if c.Name != "selection-5e1ec7100123" || c.ConformsTo != "http://mlcommons.org/croissant/1.0" || c.Context["cr"] != "http://mlcommons.org/croissant/" {
		t.Errorf("got %s, %s", c.Name, c.ConformsTo)
	}
	var fields []string
	for _, f := range c.RecordSet[0].Field {
		fields = append(fields, f.Name+" "+f.DataType)
		if f.Source.FileObject["@id"] != "selection.parquet" || f.Source.Extract["column"] != f.Name {
			t.Errorf("%s comes from %+v", f.Name, f.Source)
		}
	}
	if diff := cmp.Diff([]string{"row sc:Integer", "id sc:Text", "source sc:Text", "level_1 sc:Integer", "distance sc:Float", "copies sc:Integer", "inclusion_probability sc:Float"}, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	bare := data()
	bare.Files = slices.Delete(bare.Files, 1, 2)
	if c := croissant(bare); len(c.RecordSet) != 0 {
		t.Errorf("records without the table: %+v", c.RecordSet)
	}
}
