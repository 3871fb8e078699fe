package pipelines_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/pythontest"
)

var pythonBlock = regexp.MustCompile("(?s)<!-- run: (\\w+) -->\n```python\n(.*?)```")

// snippets are the blocks of docs/python.md, by what they run against.
func snippets(t *testing.T) map[string][]string {
	t.Helper()
	doc, err := os.ReadFile("../docs/python.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, m := range pythonBlock.FindAllStringSubmatch(string(doc), -1) {
		found[m[1]] = append(found[m[1]], m[2])
	}
	if all := strings.Count(string(doc), "```python"); all != len(pythonBlock.FindAllString(string(doc), -1)) {
		t.Errorf("docs/python.md has %d blocks of Python, of which some are not run", all)
	}
	return found
}

// checks say what must hold after the snippets of each group.
var checks = map[string]string{
	"text": `
assert rows.dtype == np.int64 and len(rows) == 70 and (np.diff(rows) >= 0).all()
assert embeddings.shape == (60, 64) and embeddings.dtype == np.float32
assert table["copies"].sum() == 70 and table["copies"].max() == 2 and per_cluster.sum() == 70
assert (np.repeat(table["row"], table["copies"]) == rows).all()
assert same["id"].tolist() == table["id"].tolist() and same["distance"].astype("float32").tolist() == table["distance"].tolist()
assert cluster_3.num_rows == (table["level_1"] == 3).sum()
assert ids == np.repeat(table["id"], table["copies"]).tolist()
assert 30 < estimated_rows < 100
assert texts["text"] == chosen["text"] and len(texts) == 70 and texts["row"] == rows.tolist()
import pathlib, pyarrow as pa, shutil
shutil.copytree("out/hf", "other/hf")  # another selection in a folder of the same name is not the first one
for old in pathlib.Path("other/hf/data").iterdir():
    old.unlink()
pq.write_table(pa.table({"text": ["another"]}), "other/hf/data/train-00000-of-00001.parquet")
assert load_dataset("other/hf", split="train")["text"][:] == ["another"]
assert texts["level_1"] == np.repeat(table["level_1"], table["copies"]).tolist() and texts["id"] == ids
assert not croissant.metadata.issues.errors, croissant.metadata.issues.errors
assert record["selection/row"] == rows[0] and set(record) >= {"selection/id", "selection/level_1", "selection/copies"}
card = open("out/README.md").read()
assert "## Provenance" in card and "target_size: 70" in card
`,
	"torch": `
assert seen == len(subset) == 70 and subset[0] == Lines("x/a.txt")[int(np.load("out/indices.npy")[0])]
`,
	"images": `
import numpy as np
rows = np.load("out/indices.npy").tolist()
assert pictures["row"] == rows and picture.size == (32, 32)
assert samples == len(rows) == len(files) and sizes == {(32, 32)}
assert about["row"] == rows[0] and about["id"] == pictures[0]["id"]
assert sorted(str(p.relative_to("out/files")) for p in files) == sorted(pictures["id"])
for row in pictures:
    assert np.array_equal(np.asarray(row["image"]), np.asarray(Image.open("x/" + row["id"]))), row["id"]
`,
	"tables": `
import numpy as np
indices = np.load("out/indices.npy")
whole = pd.concat([pd.read_parquet(p) for p in ["x/0.parquet", "x/1.parquet"]]).reset_index(drop=True)
pd.testing.assert_frame_equal(rows, whole.iloc[indices].reset_index(drop=True))
assert same["text"] == rows["text"].tolist() and same[0]["embedding"] == rows["embedding"][0].tolist()
assert all(np.asarray(picture).max() == i for i, picture in zip(indices, same["image"])), indices
assert same.features["label"].names == ["apple", "pear", "plum"], same.features
`,
	"jsonl": `
import numpy as np
indices = np.load("out/indices.npy").tolist()
assert lines["n"].tolist() == same["n"] == indices and same["text"] == lines["text"].tolist()
`,
	"mds": `
import numpy as np
indices = np.load("out/indices.npy").tolist()
assert [s["row"] for s in stream] == indices and all(isinstance(s["text"], str) and s["id"] for s in stream)
`,
}

// needs are the packages without which a group is skipped: they are large, or
// their newest release may not fit the others.
var needs = map[string][]string{"torch": {"torch"}, "mds": {"streaming"}}

// TestPython runs what docs/python.md shows against the outputs of runs.
func TestPython(t *testing.T) {
	interpreter := pythontest.Need(t)
	for group, blocks := range snippets(t) {
		t.Run(group, func(t *testing.T) {
			pythontest.Need(t, needs[group]...)
			f := pythonRun(t, interpreter, group)
			script := strings.Join(blocks, "\n") + checks[group]
			if checks[group] == "" {
				t.Fatalf("nothing is checked of %s", group)
			}
			pythontest.Run(t, interpreter, f.dir, script)
		})
	}
}

// pythonRun curates what a group's snippets read.
func pythonRun(t *testing.T, interpreter, group string) folder {
	t.Helper()
	var f folder
	var err error
	switch group {
	case "images":
		f = raw(t, configs.KindImages, 60)
		_, err = f.curateRaw(configs.KindImages, "output.formats=[npy, files, hf, webdataset]", "output.shard_rows=13")
	case "tables":
		f = folder{t, t.TempDir()}
		f.tables(interpreter)
		_, err = f.curateRaw(configs.KindParquet, "input.text_field=text", "output.formats=[npy, rows, hf]", "output.shard_rows=13")
	case "jsonl":
		f = raw(t, configs.KindJSONL, 60)
		_, err = f.curateRaw(configs.KindJSONL, "output.formats=[npy, lines, hf]", "output.shard_rows=13")
	default:
		f = raw(t, configs.KindText, 60)
		_, err = f.curateRaw(configs.KindText, "output.formats=[npy, parquet, ids, jsonl, card, hf, mds]", "sample.target_size=70", "sample.multiplier=2", "output.shard_rows=13")
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tables are two Parquet files as Hugging Face writes them.
func (f folder) tables(interpreter string) {
	f.t.Helper()
	if err := os.MkdirAll(filepath.Join(f.dir, "x"), 0o750); err != nil {
		f.t.Fatal(err)
	}
	pythontest.Run(f.t, interpreter, f.dir, `
import io
from datasets import ClassLabel, Dataset, Features, Image, Sequence, Value
from PIL import Image as PIL
def picture(i):
    b = io.BytesIO()
    PIL.new("L", (8, 8), i).save(b, "png")
    return {"bytes": b.getvalue(), "path": f"{i}.png"}
names = ["apple", "pear", "plum"]
features = Features({"text": Value("string"), "label": ClassLabel(names=names), "embedding": Sequence(Value("float32"), length=3), "tags": Sequence(Value("string")), "score": Value("float64"), "image": Image()})
for part in range(2):
    r = range(part * 30, part * 30 + 30)
    Dataset.from_dict({
        "text": [f"{(names[i % 3] + ' ') * (1 + i % 4)}{i}" for i in r], "label": [i % 3 for i in r],
        "embedding": [[i, i / 2, -i] for i in r], "tags": [["a"] * (i % 3) for i in r], "score": [None if i % 5 == 0 else i / 7 for i in r],
        "image": [picture(i) for i in r], # which is written without a dictionary
    }, features=features).to_parquet(f"x/{part}.parquet", batch_size=7)
`)
}
