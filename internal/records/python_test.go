package records

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leveler/internal/pythontest"
)

const (
	pythonRows = 60
	pythonDim  = 5
)

// writeTables writes what pyarrow and NumPy make of the same rows: value j of row i
// is i + j/8, which float16 has exactly. Row 13 has no embedding, row 21 of lists a
// null in it and row 34 one value too few.
const writeTables = `
import numpy as np, pyarrow as pa, pyarrow.parquet as pq, os
rows, dim = 60, 5
x = np.arange(rows)[:, None] + np.arange(dim) / 8
kinds = {"half": (pa.float16(), np.float16), "float": (pa.float32(), np.float32), "double": (pa.float64(), np.float64)}
ids = [f"doc-{i}" for i in range(rows)]
def lists(np_type):
    e = [[np_type(v) for v in r] for r in x]
    e[13] = None
    e[21][2] = None
    e[34] = e[34][:4]
    return e
def fixed(np_type):
    return [None if i == 13 else [np_type(v) for v in r] for i, r in enumerate(x)]
for name, (t, np_type) in kinds.items():
    columns = {
        "list": pa.array(lists(np_type), pa.list_(t)), "large": pa.array(lists(np_type), pa.large_list(t)),
        "fixed": pa.array(fixed(np_type), pa.list_(t, dim)),
    }
    for how, options in {
        "snappy": dict(compression="snappy"), "zstd": dict(compression="zstd", row_group_size=7), "gzip": dict(compression="gzip", data_page_size=64),
        "plain": dict(compression="none", use_dictionary=False, row_group_size=60, data_page_version="2.0"), "brotli": dict(compression="brotli", row_group_size=1),
        "index": dict(compression="zstd", data_page_version="2.0", write_page_index=True), "v1": dict(version="1.0") if name != "half" else {},
        "checked": dict(write_page_checksum=True, store_schema=False), "old": dict(use_compliant_nested_type=False),
    }.items():
        pq.write_table(pa.table({"id": ids, "n": pa.array(range(rows), pa.int32()), **columns}), f"{name}-{how}.parquet", **options)
    pq.write_table(pa.table({"id": ids, **columns}), f"lz4{name}.parquet", compression="lz4", row_group_size=7)
words = [None if i == 13 else "" if i == 21 else f"word {i % 3} \u00e4\u4e2d\U0001f600" * (1 + i % 4) for i in range(rows)]
big = [2**64 - 1 - i for i in range(rows)]
for how, options in {"snappy": {}, "zstd": dict(compression="zstd", row_group_size=7), "delta": dict(use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY", "large": "DELTA_LENGTH_BYTE_ARRAY"})}.items():
    pq.write_table(pa.table({
        "id": ids, "big": pa.array(big, pa.uint64()), "small": pa.array([2**32 - 1 - i for i in range(rows)], pa.uint32()), "text": words, "large": pa.array(words, pa.large_string()), "binary": pa.array([None if w is None else w.encode() for w in words]),
        "category": pa.array(words).dictionary_encode(), "view": pa.array(words, pa.string_view()),
    }), f"text-{how}.parquet", **options)
os.makedirs("clip/img_emb"); os.makedirs("clip/metadata")
np.save("clip/img_emb/img_emb_0.npy", x.astype(np.float16))
pq.write_table(pa.table({"image_path": ids, "caption": words}), "clip/metadata/metadata_0.parquet", row_group_size=9)
np.savez_compressed("datacomp.npz", l14_img=x.astype(np.float16), b32_img=x)
pq.write_table(pa.table({"uid": ids}), "datacomp.parquet")
import pandas as pd
pd.DataFrame({"id": ids, "embeddings": list(x.astype(np.float32))}).to_parquet("curator.parquet")
`

// rowOf is row i as floats prints it, with the faults of lists.
func rowOf(i int, column, id string) string {
	var v []string
	for j := range pythonDim {
		v = append(v, fmt.Sprint(float32(i)+float32(j)/8))
	}
	switch {
	case i == 13 && column != "":
		return fmt.Sprintf("%s [] column %q is null or an empty list", id, column)
	case i == 21 && (column == "list" || column == "large"):
		return fmt.Sprintf("%s [] column %q has a null in its list", id, column)
	case i == 34 && (column == "list" || column == "large"):
		v = v[:4]
	}
	return id + " [" + strings.Join(v, " ") + "] "
}

// checkFile compares the rows of a file, whole and by ranges.
func checkFile(t *testing.T, path string, o Options, want func(i int) string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := File{Path: path, Name: filepath.Base(path)}
	got := all(t, string(b), f, o)
	if len(got) != pythonRows {
		t.Fatalf("%s: got %d rows, want %d", f.Name, len(got), pythonRows)
	}
	for i, r := range got {
		said := fmt.Sprintf("%s %q %s", r.ID, r.Data, r.Bad)
		if o.Medium != MediumText {
			said = fmt.Sprintf("%s %s %s", r.ID, floats(r.Data), r.Bad)
		}
		if said != want(i) {
			t.Errorf("%s: %+v: row %d: got %s, want %s", f.Name, o, i, said, want(i))
			return
		}
	}
	checkRanges(t, string(b), f, o, 1, 7)
	checkRanges(t, string(b), f, o, 13, 11)
}

// TestFilesOfPython reads what pyarrow, pandas and NumPy write.
func TestFilesOfPython(t *testing.T) {
	python, dir := pythontest.Need(t, "pyarrow"), t.TempDir()
	pythontest.Run(t, python, dir, writeTables)
	if t.Failed() {
		return
	}
	doc := func(i int) string { return fmt.Sprintf("doc-%d", i) }
	tables, err := filepath.Glob(filepath.Join(dir, "*-*.parquet"))
	if err != nil || len(tables) != 3*9+3 {
		t.Fatalf("%d tables: %v", len(tables), err)
	}
	for _, path := range tables {
		if strings.HasPrefix(filepath.Base(path), "text-") {
			for _, column := range []string{"text", "large", "binary", "category", "view"} {
				o := Options{Format: FormatParquet, Medium: MediumText, TextField: column, IDField: "id"}
				checkFile(t, path, o, func(i int) string { return doc(i) + textOf(i, column) })
			}
			o := Options{Format: FormatParquet, Medium: MediumText, TextField: "text", IDField: "big"}
			checkFile(t, path, o, func(i int) string { return fmt.Sprint(^uint64(0)-uint64(i)) + textOf(i, "text") })
			o.IDField = "small"
			checkFile(t, path, o, func(i int) string { return fmt.Sprint(^uint32(0)-uint32(i)) + textOf(i, "text") })
			continue
		}
		for _, column := range []string{"list", "large", "fixed"} {
			o := Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: column, IDField: "id"}
			checkFile(t, path, o, func(i int) string { return rowOf(i, column, doc(i)) })
			o.IDField = "n"
			checkFile(t, path, o, func(i int) string { return rowOf(i, column, fmt.Sprint(i)) })
		}
	}
	for name := range map[string]int{"half": 2, "float": 4, "double": 8} {
		for _, column := range []string{"list", "large", "fixed"} {
			o := Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: column}
			checkFile(t, filepath.Join(dir, "lz4"+name+".parquet"), o, func(i int) string {
				return fmt.Sprintf(`lz4%s.parquet:%d [] column "%s.list.element" is compressed by LZ4, which cannot be read rightly; write it with zstd or snappy`, name, i, column)
			})
		}
	}
	plain := func(i int) string { return rowOf(i, "", doc(i)) }
	checkFile(t, filepath.Join(dir, "curator.parquet"), Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "embeddings", IDField: "id"}, plain)
	checkFile(t, filepath.Join(dir, "clip/img_emb/img_emb_0.npy"), Options{Format: FormatNPY, IDField: "image_path"}, plain)
	for _, array := range []string{"l14_img", "b32_img"} {
		checkFile(t, filepath.Join(dir, "datacomp.npz"), Options{Format: FormatNPZ, Array: array, IDField: "uid"}, plain)
	}
}

// textOf is the text of row i, or its fault.
func textOf(i int, column string) string {
	switch i {
	case 13:
		return fmt.Sprintf(` "" column %q is null`, column)
	case 21:
		return ` "" has fewer than 1 characters (min_chars)`
	}
	return fmt.Sprintf(" %q ", strings.Repeat(fmt.Sprintf("word %d ä中😀", i%3), 1+i%4))
}
