package export

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// shardOf writes items into one shard.
func shardOf(t *testing.T, c Container, items ...*Item) []byte {
	t.Helper()
	var b bytes.Buffer
	s, err := c.New(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if err := s.Add(it); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func half() *float64 { p := 0.5; return &p }

func text(n int64, id, data string) *Item {
	return &Item{Row: Row{Number: n, ID: id, Source: "a.txt", Levels: []int32{7, 1}, Distance: 1.5, Probability: half()}, Key: id, Members: []Member{{"txt", []byte(data)}}}
}

func TestLines(t *testing.T) {
	got := string(shardOf(t, Lines{".jsonl"}, text(1, "a", `{"a": 1}`), text(2, "b", ""), text(2, "b", "x")))
	if want := "{\"a\": 1}\n\nx\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if ext := (Lines{".jsonl"}).Ext(); ext != ".jsonl" {
		t.Errorf("got %s", ext)
	}
}

// TestTar: keys are kept, made safe, and numbered where they repeat; the headers
// hold nothing of the machine.
func TestTar(t *testing.T) {
	pair := &Item{Key: "cat/a.b", Members: []Member{{"png", []byte("picture")}, {"seg.png", []byte("mask")}, {"json", []byte("{}")}}}
	b := shardOf(t, Tar{}, pair, pair, &Item{Key: "../../etc/passwd", Members: []Member{{"txt", nil}}}, &Item{Key: "", Members: []Member{{"txt", []byte("x")}}})
	var got []string
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(time.Unix(0, 0)) || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || h.Mode != 0o644 || h.Typeflag != tar.TypeReg {
			t.Errorf("%s: header %+v", h.Name, h)
		}
		got = append(got, h.Name+"="+string(data))
	}
	want := []string{
		"cat/a_b.png=picture", "cat/a_b.seg.png=mask", "cat/a_b.json={}",
		"cat/a_b-2.png=picture", "cat/a_b-2.seg.png=mask", "cat/a_b-2.json={}",
		"etc/passwd.txt=", "_.txt=x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(b)%512 != 0 || !bytes.Equal(b, shardOf(t, Tar{}, pair, pair, &Item{Key: "../../etc/passwd", Members: []Member{{"txt", nil}}}, &Item{Key: "", Members: []Member{{"txt", []byte("x")}}})) {
		t.Error("equal items gave other bytes")
	}
}

// TestMDS compares with bytes put together by hand from the format's description.
func TestMDS(t *testing.T) {
	for item, encoding := range map[string]string{"text": "str", "image": "bytes"} {
		config := fmt.Sprintf(`{"column_encodings":["str",%q,"int"],"column_names":["id",%q,"row"],"column_sizes":[null,null,8],"compression":null,"format":"mds","hashes":[],"size_limit":67108864}`, encoding, item)
		first := "\x01\x00\x00\x00" + "\x02\x00\x00\x00" + "a" + "xy" + "\x05\x00\x00\x00\x00\x00\x00\x00"
		second := "\x02\x00\x00\x00" + "\x00\x00\x00\x00" + "bc" + "\x00\x01\x00\x00\x00\x00\x00\x00"
		at := 4 + 3*4 + len(config)
		if at > 255 || at+len(first)+len(second) > 511 {
			t.Fatal("the offsets below have one byte, and two")
		}
		le := func(n int) string { return string([]byte{byte(n), byte(n >> 8), 0, 0}) }
		want := le(2) + le(at) + le(at+len(first)) + le(at+len(first)+len(second)) + config + first + second
		got := shardOf(t, MDS{Item: item}, text(5, "a", "xy"), text(256, "bc", ""))
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", item, diff)
		}
	}
	b, err := json.Marshal(MDS{Item: "text"}.Index([]File{{Name: "shard.00000.mds", Items: 2, Bytes: 99, SHA256: "aa"}}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"shards":[{"column_encodings":["str","str","int"],"column_names":["id","text","row"],"column_sizes":[null,null,8],"compression":null,"format":"mds","hashes":[],` +
		`"raw_data":{"basename":"shard.00000.mds","bytes":99,"hashes":{}},"samples":2,"size_limit":67108864,"version":2,"zip_data":null}],"version":2}`
	if string(b) != want {
		t.Errorf("index.json: got %s\nwant %s", b, want)
	}
}

func TestWIDS(t *testing.T) {
	b, err := json.Marshal(WIDS([]File{{Name: "00000.tar", Items: 3, Bytes: 2048, SHA256: "ff"}}))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"__kind__":"wids-shard-index-v1","shardlist":[{"filesize":2048,"nsamples":3,"sha256":"ff","url":"00000.tar"}],"wids_version":1}`; string(b) != want {
		t.Errorf("got %s\nwant %s", b, want)
	}
}

// TestItemTable: texts and pictures with what the selection knows, under the names
// and features of Hugging Face's datasets.
func TestItemTable(t *testing.T) {
	bare := text(6, "b", "two")
	bare.Row.Probability = nil
	b := shardOf(t, ItemTable(Text, 2), text(5, "a", "one"), bare)
	type row struct {
		Text     string   `parquet:"text"`
		ID       string   `parquet:"id"`
		Source   string   `parquet:"source"`
		Row      int64    `parquet:"row"`
		Level1   int32    `parquet:"level_1"`
		Level2   int32    `parquet:"level_2"`
		Distance float32  `parquet:"distance"`
		P        *float64 `parquet:"inclusion_probability,optional"`
	}
	got, err := parquet.Read[row](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]row{{"one", "a", "a.txt", 5, 7, 1, 1.5, half()}, {"two", "b", "a.txt", 6, 7, 1, 1.5, nil}}, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	picture := text(5, "../cat/a.png", "\x89PNG")
	b = shardOf(t, ItemTable(Image, 2), picture)
	type pictures struct {
		Image *struct {
			Bytes []byte  `parquet:"bytes,optional"`
			Path  *string `parquet:"path,optional"`
		} `parquet:"image,optional"`
		ID string `parquet:"id"`
	}
	rows, err := parquet.Read[pictures](bytes.NewReader(b), int64(len(b)))
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	if r := rows[0]; string(r.Image.Bytes) != "\x89PNG" || *r.Image.Path != "cat/a.png" || r.ID != "../cat/a.png" {
		t.Errorf("picture: got %+v", r)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	features, _ := f.Lookup("huggingface")
	if !strings.HasPrefix(features, `{"info": {"features": {"image": {"_type": "Image"}, "id": {"dtype": "string", "_type": "Value"}, `) || !json.Valid([]byte(features)) {
		t.Errorf("features: %s", features)
	}
}

// TestTableKeepsRows: values and metadata are those of the file they come from.
func TestTableKeepsRows(t *testing.T) {
	type row struct {
		A *int64   `parquet:"a,optional"`
		B []string `parquet:"b,list"`
	}
	n := int64(3)
	in := []row{{&n, []string{"x", "y"}}, {nil, nil}}
	schema := parquet.SchemaOf(row{})
	table := Table{Schema: schema, Metadata: [][2]string{{"k", "v"}}}
	var items []*Item
	for _, r := range in {
		items = append(items, &Item{Values: schema.Deconstruct(nil, &r)})
	}
	b := shardOf(t, table, items...)
	got, err := parquet.Read[row](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || *got[0].A != 3 || len(got[0].B) != 2 || got[0].B[1] != "y" || got[1].A != nil || len(got[1].B) != 0 {
		t.Errorf("got %+v", got)
	}
	f, err := parquet.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := f.Lookup("k"); !ok || v != "v" {
		t.Errorf("metadata: got %q, %v", v, ok)
	}
}

func TestSize(t *testing.T) {
	it := &Item{Members: []Member{{"a", make([]byte, 10)}, {"b", make([]byte, 5)}}, Values: parquet.Row{parquet.ByteArrayValue(make([]byte, 100)), parquet.Int64Value(1)}}
	if got := it.Size(); got != 15+8+100+8 {
		t.Errorf("got %d, want 131", got)
	}
	for name, c := range map[string]Container{".tar": Tar{}, ".mds": MDS{Item: "text"}, ".parquet": ItemTable(Text, 1), ".txt": Lines{".txt"}} {
		s, err := c.New(io.Discard)
		if err != nil || c.Ext() != name {
			t.Fatalf("%s: %v", c.Ext(), err)
		}
		before := s.Size()
		if err := s.Add(&Item{Row: Row{ID: "i", Levels: []int32{1}}, Key: "k", Members: []Member{{"txt", make([]byte, 5000)}}}); err != nil {
			t.Fatal(err)
		}
		if grown := s.Size() - before; grown < 5000 || grown > 7000 {
			t.Errorf("%s: 5000 bytes more are said to be %d", name, grown)
		}
	}
}
