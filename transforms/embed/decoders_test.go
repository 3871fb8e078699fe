package embed

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"leveler/internal/records"
	"leveler/transforms/decode"
)

// TestDecodersAtOnce counts them: a row is given while its file's decoder is open. Of
// plain files all are read at a time, and wait for each other here.
func TestDecodersAtOnce(t *testing.T) {
	const files, places = 8, 3
	for name, compressed := range map[string]bool{"plain": false, "gzip": true} {
		t.Run(name, func(t *testing.T) {
			f := recordsFn{Options: records.Options{Format: records.FormatText, Split: records.SplitLine}.WithDefaults(), decoders: make(chan struct{}, places)}
			var segments []decode.Segment
			for i := range files {
				segments = append(segments, segmentOf(t, i, compressed))
			}
			want := files
			if compressed {
				want = places
			}
			var mu sync.Mutex
			open, most := 0, 0
			full := make(chan struct{})
			var wg sync.WaitGroup
			for _, seg := range segments {
				wg.Go(func() {
					err := f.segment(seg, func(records.Record, int64) error {
						mu.Lock()
						if open++; open > most {
							if most = open; most == want {
								close(full)
							}
						}
						mu.Unlock()
						select {
						case <-full:
						case <-time.After(30 * time.Second):
							t.Errorf("never %d files at a time", want)
						}
						time.Sleep(20 * time.Millisecond) // for one too many to show itself
						mu.Lock()
						open--
						mu.Unlock()
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if most != want {
				t.Errorf("%d files at a time, want %d", most, want)
			}
		})
	}
}

// segmentOf writes a file of one row.
func segmentOf(t *testing.T, i int, compressed bool) decode.Segment {
	t.Helper()
	content := fmt.Appendf(nil, "row of file %d\n", i)
	if compressed {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		content = b.Bytes()
	}
	path := filepath.Join(t.TempDir(), "x.txt")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file := records.File{Path: path, Name: "x.txt", Size: int64(len(content))}
	return decode.Segment{File: file, Range: records.Range{Mark: records.Mark{Line: 1}, Rows: 1}}
}
