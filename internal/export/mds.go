package export

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
)

// MDS is the shard format of MosaicML's streaming, version 2: the number of
// samples, their offsets (uint32, little endian), a JSON description of the
// columns, the samples. A sample is the sizes of its columns without a fixed
// size, then the columns' bytes.
type MDS struct {
	// Item is the column of the item: image, audio or text.
	Item string
}

var _ Container = MDS{}

// MDSBytes is the most bytes of a shard: offsets are 32 bits wide, and a shard is
// written from memory, as its offsets come first.
const MDSBytes = 64 << 20

// columns are the columns' names and encodings, in the order of their names.
func (m MDS) columns() (names, encodings []string, sizes []*int) {
	encoding := "bytes"
	if m.Item == "text" {
		encoding = "str"
	}
	eight := 8
	return []string{"id", m.Item, "row"}, []string{"str", encoding, "int"}, []*int{nil, nil, &eight}
}

// Ext implements Container.
func (MDS) Ext() string { return ".mds" }

// New implements Container.
func (m MDS) New(w io.Writer) (Shard, error) { return &mdsShard{m: m, w: w}, nil }

type mdsShard struct {
	m       MDS
	w       io.Writer
	ends    []uint32 // of the samples
	samples bytes.Buffer
}

// Add implements Shard.
func (s *mdsShard) Add(it *Item) error {
	b := s.samples.AvailableBuffer()
	b = binary.LittleEndian.AppendUint32(b, uint32(len(it.Row.ID)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(it.Members[0].Data)))
	b = append(b, it.Row.ID...)
	b = append(b, it.Members[0].Data...)
	b = binary.LittleEndian.AppendUint64(b, uint64(it.Row.Number))
	s.samples.Write(b)
	s.ends = append(s.ends, uint32(s.samples.Len()))
	return nil
}

// Size implements Shard.
func (s *mdsShard) Size() int64 { return int64(s.samples.Len()) }

// Close implements Shard.
func (s *mdsShard) Close() error {
	names, encodings, sizes := s.m.columns()
	config, err := json.Marshal(map[string]any{
		"column_encodings": encodings, "column_names": names, "column_sizes": sizes,
		"compression": nil, "format": "mds", "hashes": []string{}, "size_limit": MDSBytes,
	})
	if err != nil {
		return err
	}
	n := uint32(len(s.ends))
	head := binary.LittleEndian.AppendUint32(nil, n)
	first := 4 + 4*(n+1) + uint32(len(config))
	head = binary.LittleEndian.AppendUint32(head, first)
	for _, end := range s.ends {
		head = binary.LittleEndian.AppendUint32(head, first+end)
	}
	for _, b := range [][]byte{head, config, s.samples.Bytes()} {
		if _, err := s.w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// Index is the data set's index.json.
func (m MDS) Index(files []File) any {
	names, encodings, sizes := m.columns()
	shards := make([]any, 0, len(files))
	for _, f := range files {
		shards = append(shards, map[string]any{
			"column_encodings": encodings, "column_names": names, "column_sizes": sizes,
			"compression": nil, "format": "mds", "hashes": []string{}, "samples": f.Items, "size_limit": MDSBytes, "version": 2,
			"raw_data": map[string]any{"basename": f.Name, "bytes": f.Bytes, "hashes": map[string]string{}},
			"zip_data": nil,
		})
	}
	return map[string]any{"version": 2, "shards": shards}
}

// File is a shard once it is written.
type File struct {
	Name   string `json:"name"` // relative to the copy's folder
	Items  int64  `json:"items"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}
