package export

import (
	"archive/tar"
	"fmt"
	"io"
	"strings"
	"time"

	"leveler/internal/records"
)

// Tar is WebDataset's layout: the files of an item follow one another under
// one key.
type Tar struct{}

var _ Container = Tar{}

// Ext implements Container.
func (Tar) Ext() string { return ".tar" }

// New implements Container.
func (Tar) New(w io.Writer) (Shard, error) {
	c := &counter{w: w}
	return &tarShard{c: c, w: tar.NewWriter(c), seen: map[string]bool{}}, nil
}

type tarShard struct {
	c    *counter
	w    *tar.Writer
	seen map[string]bool // the keys: readers take neighbours of one key for one item
}

// Add implements Shard. Keys are kept; one that the shard has already gets a
// number.
func (s *tarShard) Add(it *Item) error {
	key := SafeKey(it.Key)
	for n, base := 2, key; s.seen[key]; n++ {
		key = fmt.Sprintf("%s-%d", base, n)
	}
	s.seen[key] = true
	for _, m := range it.Members {
		if err := s.file(key+"."+m.Ext, m.Data); err != nil {
			return err
		}
	}
	return nil
}

func (s *tarShard) file(name string, data []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(data)), Mode: 0o644, ModTime: time.Unix(0, 0)}
	if err := s.w.WriteHeader(h); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	_, err := s.w.Write(data)
	return err
}

// Size implements Shard.
func (s *tarShard) Size() int64 { return s.c.n }

// Close implements Shard.
func (s *tarShard) Close() error { return s.w.Close() }

// SafeKey makes any id the key of an item: a safe name whose last element has no
// dot, which would begin the extension.
func SafeKey(id string) string {
	name := records.SafeName(id)
	at := strings.LastIndexByte(name, '/') + 1
	return name[:at] + strings.ReplaceAll(name[at:], ".", "_")
}

// WIDS is the index.json of WebDataset's indexed readers (wids), with the digests.
func WIDS(files []File) any {
	list := make([]any, 0, len(files))
	for _, f := range files {
		list = append(list, map[string]any{"url": f.Name, "nsamples": f.Items, "filesize": f.Bytes, "sha256": f.SHA256})
	}
	return map[string]any{"__kind__": "wids-shard-index-v1", "wids_version": 1, "shardlist": list}
}
