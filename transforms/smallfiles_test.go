package transforms_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"

	"leveler/internal/points"
	"leveler/internal/records"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
	"leveler/transforms/embed"
)

// TestSmallFiles: files that are read ahead, those that are not and those that
// turn out to hold more than can be kept give the rows of one file with all lines.
func TestSmallFiles(t *testing.T) {
	var whole strings.Builder
	dir, one := t.TempDir(), t.TempDir()
	n := 0
	lines := func(count, length int) string {
		var b strings.Builder
		for range count {
			fmt.Fprintf(&b, "%d%s\n", n, strings.Repeat(" word", length))
			n++
		}
		whole.WriteString(b.String())
		return b.String()
	}
	write := func(dir, name, content string) {
		t.Helper()
		if strings.HasSuffix(name, ".gz") {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, err := w.Write([]byte(content))
			if err != nil || w.Close() != nil {
				t.Fatal("gzip", err)
			}
			content = b.String()
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 40 {
		switch {
		case i%13 == 5:
			write(dir, fmt.Sprintf("%02d.txt", i), lines(300, 60)) // above 64 KiB
		case i%13 == 7:
			write(dir, fmt.Sprintf("%02d.txt", i), lines(2000, 0)) // short, but too many to keep
		case i%13 == 9:
			write(dir, fmt.Sprintf("%02d.txt.gz", i), lines(400, 100)) // small until it expands
		default:
			write(dir, fmt.Sprintf("%02d.txt", i), lines(1+i%3, 2))
		}
	}
	write(one, "one.txt", whole.String())
	onEngines(t, func(t *testing.T, engine string) {
		want := textDigest(t, engine, one, int64(n), 100_000)
		for _, rows := range []int64{100_000, 37} {
			if got := textDigest(t, engine, dir, int64(n), rows); got != want {
				t.Errorf("shards of %d rows: other points than of one file", rows)
			}
		}
	})
}

// textDigest is the digest of the points of all lines below a folder.
func textDigest(t *testing.T, engine, folder string, rows, shardRows int64) string {
	t.Helper()
	files := must(records.Expand(folder+"/*", records.Filter{}))(t)
	dir := t.TempDir()
	execute(t, engine, func(s beam.Scope) {
		indexed := decode.Index(s, beam.CreateList(s, must(decode.Batches(dir, files))(t)), decode.Params{Options: textOptions, Every: shardRows, Threads: 2, Dir: dir})
		collect.Manifest(s, indexed, dir, "index")
	})
	batches, _, err := collect.Find[[]decode.FileIndex](dir, "index")
	if err != nil || len(batches) != 1 {
		t.Fatalf("%d batches: %v", len(batches), err)
	}
	shards := decode.Groups(must(decode.Shards(dir, batches[0], shardRows))(t))
	var sum points.Digest
	var got int64
	for _, p := range embedParts(t, engine, dir, func(s beam.Scope) beam.PCollection {
		return embed.Records(s, beam.CreateList(s, shards), embed.Params{Dir: dir, Kind: "builtin", Medium: records.MediumText, Dim: 16, Threads: 2, Seed: 1}, textOptions)
	}) {
		sum.Merge(p.Digest)
		got += p.Shard.Rows
	}
	if got != rows {
		t.Errorf("%s, shards of %d: got %d rows, want %d", folder, shardRows, got, rows)
	}
	return sum.String()
}
