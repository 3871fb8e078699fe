package export

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"

	"leveler/internal/pythontest"
	"leveler/internal/records"
)

// writeKinds writes a table of the usual types in every way that pyarrow and Hugging
// Face write one.
const writeKinds = `
import datetime as dt, decimal, io, numpy as np, pyarrow as pa, pyarrow.parquet as pq, uuid
n = 200
def some(f, every=7):
    return [None if i % every == 3 else f(i) for i in range(n)]
day = dt.datetime(2024, 2, 29, 12, 34, 56, 789012)
columns = {
    "bool": pa.array(some(lambda i: i % 3 == 0)), "flag": pa.array([i % 5 == 0 for i in range(n)]),
    "int8": pa.array(some(lambda i: i - 100), pa.int8()), "uint8": pa.array(some(lambda i: i), pa.uint8()),
    "int16": pa.array(some(lambda i: -i * 100), pa.int16()), "uint16": pa.array(some(lambda i: i * 300), pa.uint16()),
    "int32": pa.array(some(lambda i: i * 7919), pa.int32()), "uint32": pa.array(some(lambda i: 2**32 - 1 - i), pa.uint32()),
    "int64": pa.array(some(lambda i: i * 2**40), pa.int64()), "uint64": pa.array(some(lambda i: 2**64 - 1 - i), pa.uint64()),
    "half": pa.array(some(lambda i: np.float16(i / 8)), pa.float16()), "float": pa.array(some(lambda i: i / 7), pa.float32()),
    "double": pa.array(some(lambda i: i / 7), pa.float64()),
    "string": pa.array(some(lambda i: f"text {i} \u00e4")), "large": pa.array(some(lambda i: f"text {i % 5}"), pa.large_string()),
    "view": pa.array(some(lambda i: "v" * i), pa.string_view()), "binary": pa.array(some(lambda i: bytes([i]) * i), pa.binary()),
    "fixed": pa.array(some(lambda i: bytes([i, 1, 2])), pa.binary(3)), "two": pa.array(some(lambda i: bytes([i, 1])), pa.binary(2)),
    "category": pa.array(some(lambda i: f"c{i % 4}")).dictionary_encode(), "null": pa.nulls(n),
    "date": pa.array(some(lambda i: day.date() + dt.timedelta(i)), pa.date32()),
    "time32": pa.array(some(lambda i: i * 1000), pa.time32("ms")), "time64": pa.array(some(lambda i: i * 1000), pa.time64("us")), "timens": pa.array(some(lambda i: i), pa.time64("ns")),
    **{"ts_" + u: pa.array(some(lambda i: i * 10**9), pa.timestamp(u)) for u in ["s", "ms", "us", "ns"]},
    "zone": pa.array(some(lambda i: i * 10**9), pa.timestamp("us", "Europe/Berlin")), "duration": pa.array(some(lambda i: i), pa.duration("ms")),
    "decimal": pa.array(some(lambda i: decimal.Decimal(i) / 8), pa.decimal128(10, 3)), "wide": pa.array(some(lambda i: decimal.Decimal(i) / 8), pa.decimal256(60, 3)),
    "small": pa.array(some(lambda i: decimal.Decimal(i) / 8), pa.decimal32(7, 3)),
    "uuid": pa.array(some(lambda i: uuid.UUID(int=i).bytes), pa.uuid()), "json": pa.array(some(lambda i: '{"i": %d}' % i), pa.json_()),
    "list": pa.array(some(lambda i: [None if j == 2 else j / 3 for j in range(i % 5)]), pa.list_(pa.float32())),
    "halves": pa.array(some(lambda i: [np.float16(j / 4) for j in range(4)]), pa.list_(pa.float16(), 4)),
    "lists": pa.array(some(lambda i: [None if j == 1 else [f"x{k}" for k in range(j)] for j in range(i % 4)]), pa.list_(pa.list_(pa.string()))),
    "struct": pa.array(some(lambda i: {"bytes": None if i % 2 else bytes([i]), "path": f"{i}.png", "deep": {"x": [i] * (i % 3)}}),
        pa.struct({"bytes": pa.binary(), "path": pa.string(), "deep": pa.struct({"x": pa.list_(pa.int64())})})),
    "map": pa.array(some(lambda i: [(f"k{j}", j) for j in range(i % 3)]), pa.map_(pa.string(), pa.int32())),
    "structs": pa.array(some(lambda i: [{"a": j, "b": None if j == 1 else "b"} for j in range(i % 3)]), pa.list_(pa.struct({"a": pa.int16(), "b": pa.string()}))),
}
table = pa.table(columns)
for how, o in {
    "dictionary": {}, "plain": dict(use_dictionary=False), "groups": dict(row_group_size=30, use_dictionary=False, compression="zstd", data_page_size=100),
    "v2": dict(data_page_version="2.0", compression="gzip", data_page_size=100), "none": dict(compression="none", use_dictionary=["string"]), "old": dict(version="1.0"),
    "index": dict(write_page_index=True, write_page_checksum=True, data_page_size=100, compression="brotli"), "bare": dict(store_schema=False, use_dictionary=False), "noncompliant": dict(use_compliant_nested_type=False),
}.items():
    t = table.drop_columns(["half", "halves"]) if how == "old" else table
    pq.write_table(t, how + ".parquet", **o)
encodings = {"string": "DELTA_BYTE_ARRAY", "large": "DELTA_LENGTH_BYTE_ARRAY", "int64": "DELTA_BINARY_PACKED", "int32": "BYTE_STREAM_SPLIT", "double": "BYTE_STREAM_SPLIT", "half": "BYTE_STREAM_SPLIT", "bool": "RLE"}
pq.write_table(table, "encoded.parquet", use_dictionary=False, column_encoding=encodings)
pq.write_table(table.slice(0, 0), "empty.parquet")
pq.write_table(pa.table({"ts": columns["ts_ns"]}), "int96.parquet", use_deprecated_int96_timestamps=True, use_dictionary=False)
table.select(["int8", "string", "category", "date", "zone", "list"]).to_pandas().set_index("string").to_parquet("pandas.parquet")
import PIL.Image
from datasets import ClassLabel, Dataset, Features, Image, Value
def picture(i):
    b = io.BytesIO()
    PIL.Image.fromarray(np.full((8, 8), i, np.uint8)).save(b, "png")
    return {"bytes": b.getvalue(), "path": f"{i}.png"}
Dataset.from_dict({"image": [picture(i) for i in range(n)], "label": [i % 2 for i in range(n)]},
    features=Features({"image": Image(), "label": ClassLabel(names=["a", "b"])})).to_parquet("images.parquet")
`

// compareKinds: pyarrow, pandas and Hugging Face read the same of the copies.
const compareKinds = `
import glob, pandas as pd, pyarrow.parquet as pq
from datasets import load_dataset
names = sorted(glob.glob("*.parquet"))
assert len(names) == 14, names
for name in names:
    a, b = pq.ParquetFile(name), pq.ParquetFile("out/" + name)
    x, y = a.read(), b.read()
    assert x.schema.equals(y.schema, check_metadata=True), (name, x.schema, y.schema)
    for column in x.column_names:
        assert x[column].combine_chunks().equals(y[column].combine_chunks()), (name, column, x[column], y[column])
    for i in range(len(a.schema)):
        p, q = a.schema.column(i), b.schema.column(i)
        assert (p.path, p.physical_type, p.max_definition_level, p.max_repetition_level) == (q.path, q.physical_type, q.max_definition_level, q.max_repetition_level), (name, p, q)
        assert str(p.logical_type) == str(q.logical_type), (name, p, q)
    assert (a.metadata.metadata or {}) == (b.metadata.metadata or {}), (name, a.metadata.metadata, b.metadata.metadata)
pd.testing.assert_frame_equal(pd.read_parquet("pandas.parquet"), pd.read_parquet("out/pandas.parquet"))
x, y = (load_dataset("parquet", data_files=p + "images.parquet", split="train") for p in ["", "out/"])
assert x.features == y.features and len(x) == len(y) == 200
assert all(x[i]["image"].tobytes() == y[i]["image"].tobytes() and x[i]["label"] == y[i]["label"] for i in range(len(x)))
`

// TestCopiesOfKinds copies every row of the tables.
func TestCopiesOfKinds(t *testing.T) {
	python, dir := pythontest.Need(t, "pyarrow", "datasets", "PIL"), t.TempDir()
	pythontest.Run(t, python, dir, writeKinds)
	names, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "out"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "out", filepath.Base(name)), copyOf(t, filepath.Base(name), b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !t.Failed() {
		pythontest.Run(t, python, dir, compareKinds)
	}
}

// copyOf copies all rows of a Parquet file.
func copyOf(t *testing.T, name string, b []byte) []byte {
	t.Helper()
	p, err := records.OpenParquet(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var items []*Item
	for i, g := range p.File.RowGroups() {
		if g.NumRows() == 0 {
			continue
		}
		if err := p.CheckGroup(i, records.Options{}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rows := g.Rows()
		for err == nil {
			var n int
			batch := make([]parquet.Row, 7)
			n, err = rows.ReadRows(batch)
			for _, row := range batch[:n] {
				items = append(items, &Item{Values: row.Clone()})
			}
		}
		if !errors.Is(err, io.EOF) {
			t.Fatalf("%s: %v", name, err)
		}
		if err = rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	table := Table{Schema: SchemaLike(p.File)}
	for _, kv := range p.File.Metadata().KeyValueMetadata {
		table.Metadata = append(table.Metadata, [2]string{kv.Key, kv.Value})
	}
	return shardOf(t, table, items...)
}
