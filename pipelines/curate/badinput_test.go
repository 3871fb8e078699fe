package main

import (
	"bytes"
	"compress/gzip"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// badInput is a fault of the data or the configuration and the one line that a
// user gets for it. DIR in a message is the folder of the test.
type badInput struct {
	name string
	args []string // after "run -set work.dir=work -set output.dir=out"
	want string
}

// badInputs are those of every engine.
var badInputs = []badInput{
	{"missing file", sets("input.path=none.npy"), `input.path: no such file: "none.npy"`},
	{"glob without a match", sets("input.path=none-*.npy"), `input.path: no file matches "none-*.npy"`},
	{"empty file", sets("input.path=empty.npy"), "empty.npy: is empty (0 bytes)"},
	{"no npy at all", sets("input.path=text.npy"), `text.npy: is not a .npy file (it begins with "this i")`},
	{"truncated npy", sets("input.path=truncated.npy"), "truncated.npy: is truncated: shape (1000, 4) of <f4 makes 16128 bytes, got 16028 (993 of 1000 rows are whole)"},
	{"1-D npy", sets("input.path=flat.npy"), "flat.npy: is 1-D with shape (3,); need rows x dim"},
	{"object npy", sets("input.path=object.npy"), "object.npy: holds Python objects (a pickle); refuse to read them: save float32 instead"},
	{"wrong dtype", sets("input.path=ints.npy"), "ints.npy: holds int64 (<i8); need float16, float32 or float64"},
	{"no rows", sets("input.path=norows.npy"), "norows.npy: has no rows: shape (0, 2)"},
	{"other columns", sets("input.path=[good.npy,wide.npy]"), "wide.npy: has 8 columns, good.npy has 4; all input files must agree"},
	{"NaN row", sets("input.path=nan.npy"), "nan.npy: row 700: NaN in column 2; mend it, or set input.on_bad_row: drop"},
	{"infinite row", sets("input.path=inf.npy"), "inf.npy: row 0: -Inf in column 2; mend it, or set input.on_bad_row: drop"},
	{"every row bad", sets("input.path=allnan.npy", "input.on_bad_row=drop"), "input.path: none of 10 rows can be used (10 bad, 0 not in the subset; the first: allnan.npy: row 0: NaN in column 0)"},
	{"zero row in cosine", sets("input.path=zero.npy", "distance=cosine"), "zero.npy: row 999: all zero, which has no direction (distance: cosine); mend it, or set input.on_bad_row: drop"},
	{"all rows equal", sets("input.path=equal.npy"), "levels.0.n_clusters is 40, but all rows are equal; there is nothing to cluster"},
	{"all rows equal, streamed", sets("input.path=equal.npy", "resources.fit_in_worker_bytes=0", "resources.shard_rows=300"), "levels.0.n_clusters is 40, but all rows are equal; there is nothing to cluster"},
	{"more clusters than distinct rows", sets("input.path=few.npy"), "levels.0.n_clusters is 40, but the level has only 39 distinct rows; ask for at most 39 clusters"},
	{"more clusters than distinct rows, streamed", sets("input.path=few.npy", "resources.fit_in_worker_bytes=0"), "levels.0.n_clusters is 40, but the level has only 39 distinct rows; ask for at most 39 clusters"},
	{"more clusters than distinct rows, random", sets("input.path=few.npy", "levels.0.seeding=random"), "levels.0.n_clusters is 40, but the level has only 39 distinct rows; ask for at most 39 clusters"},
	{"more clusters than distinct rows, kmeans++", sets("input.path=few.npy", "levels.0.seeding=kmeans++"), "levels.0.n_clusters is 40, but the level has only 39 distinct rows; ask for at most 39 clusters"},
	{"more clusters than rows", sets("levels.0.n_clusters=1001"), "levels.0.n_clusters: must be <= 1000, the rows (got 1001)"},
	{"target above rows", sets("sample.target_size=1001"), "sample.target_size: must be <= rows x multiplier, 1000 x 1 (got 1001)"},
	{"target above rows x multiplier", sets("sample.target_size=3001", "sample.multiplier=3"), "sample.target_size: must be <= rows x multiplier, 1000 x 3 (got 3001)"},
	{"target above valid rows", sets("sample.target_size=4", "sample.valid_indices_path=valid.npy"), "sample.target_size is 4, but 3 rows x multiplier 1 allow 3 at most; lower the target or raise sample.multiplier"},
	{"valid row that is not there", sets("sample.valid_indices_path=beyond.npy"), "sample.valid_indices_path: beyond.npy: names row 1000, but the input has 1000 rows (0 to 999)"},
	{"subset row that is not there", sets("input.subset_indices_path=beyond.npy"), "input.subset_indices_path: beyond.npy: names row 1000, but the input has 1000 rows (0 to 999)"},
	{"negative subset row", sets("input.subset_indices_path=negative.npy"), "input.subset_indices_path: negative.npy: entry 1 is -1; row numbers are >= 0"},
	{"repeated subset row", sets("input.subset_indices_path=repeated.npy"), "input.subset_indices_path: repeated.npy: row 5 stands in it more than once"},
	{"subset of another type", sets("input.subset_indices_path=good.npy"), "input.subset_indices_path: good.npy: holds float32 (<f4); need int64 (<i8)"},
	{"missing subset", sets("input.subset_indices_path=none.npy"), "input.subset_indices_path: none.npy: no such file or directory"},
	{"unknown key", sets("sample.traget_size=4"), "-set: sample.traget_size: is not a known key; did you mean target_size?"},
	{"unknown runner", sets("runner.name=spark"), `-set: runner.name: must be direct, prism, flink or dataflow (got "spark")`},
	{"our own flag as a runner option", sets("runner.options.v=true"), "runner.options.v: Beam has no such option"},
	{"unknown runner option", sets("runner.options.wings=2"), "runner.options.wings: Beam has no such option"},
	{"runner option of another type", sets("runner.options.worker=maybe"), `runner.options.worker: "maybe" is no value for it: parse error`},
	{"output below a file", sets("output.dir=text.npy/out"), "output.dir: cannot write to text.npy/out: not a directory"},
	{"work below a file", sets("work.dir=text.npy/work"), "work.dir: cannot write to text.npy/work: not a directory"},
	{"bucket without credentials", sets("output.dir=gs://bucket/out"), `output.dir: cannot write to gs://bucket/out/.probe-e3b0c44298fc1c14: no Google Cloud credentials; run "gcloud auth application-default login", or set GOOGLE_APPLICATION_CREDENTIALS to a key file`},
	{"input on another storage", sets("input.path=s3://bucket/x/*.npy"), "-set: input.path: s3://bucket/x/*.npy: storage s3:// is not supported; give a local path or one on gs://"},
	{"work on another storage", sets("work.dir=hdfs://host/x"), "-set: work.dir: hdfs://host/x: storage hdfs:// is not supported; give a local path or one on gs://"},
	{"corrupt gzip", sets("input.path=corrupt.txt.gz"), "corrupt.txt.gz: line 994: damaged or truncated gzip data: gzip: invalid checksum; the rest of the file cannot be read; mend it, or set input.on_bad_row: drop"},
	{"truncated gzip", sets("input.path=truncated.txt.gz"), "truncated.txt.gz: line 306: damaged or truncated gzip data: unexpected EOF; the rest of the file cannot be read; mend it, or set input.on_bad_row: drop"},
	{"no gzip at all", sets("input.path=plain.txt.gz"), `plain.txt.gz: line 1: is no gzip file, as its name says (it begins with "not "); the rest of the file cannot be read; mend it, or set input.on_bad_row: drop`},
	{"malformed JSON", sets("input.path=malformed.jsonl"), "malformed.jsonl: line 101: is malformed JSON: unexpected end of JSON input; mend it, or set input.on_bad_row: drop"},
	{"missing text field", sets("input.path=field.jsonl"), `field.jsonl: line 101: has no field "text" (and 1 more bad rows, all in out/bad_records.parquet); mend it, or set input.on_bad_row: drop`},
	{"text that is no UTF-8", sets("input.path=latin.txt"), "latin.txt: line 3: is not UTF-8: byte 2 is 0xef; mend it, or set input.on_bad_row: drop"},
	{"text without a record", sets("input.path=blank.txt"), "input.path: blank.txt holds no record"},
	{"a folder as npy", sets("input.path=folder.npy"), `input.path: "folder.npy" is a folder; write "folder.npy/..." for all files below it`},
}

// sets makes -set arguments over a run that works.
func sets(kv ...string) []string {
	var args []string
	for _, s := range kv {
		args = append(args, "-set", s)
	}
	return args
}

const goodConfig = `
input: {path: good.npy}
levels: [{n_clusters: 40, n_iters: 5}, {n_clusters: 5, n_iters: 5}]
sample: {target_size: 3}
work: {dir: work}
output: {dir: out}
`

// badFiles writes what badInputs name.
func badFiles(t *testing.T, dir string) {
	t.Helper()
	file := func(name string, b []byte) { writeFile(t, filepath.Join(dir, name), b) }
	with := func(n int, row int, v float32) []byte {
		x := rows(n)
		x[4*row+2] = v
		return matrix(t, x, 4)
	}
	repeat := func(n, distinct int) []byte {
		var x []float32
		for i := range n {
			x = append(x, rows(distinct)[4*(i%distinct):][:4]...)
		}
		return matrix(t, x, 4)
	}
	nan := float32(math.NaN())
	file("config.yaml", []byte(goodConfig))
	good := matrix(t, rows(1000), 4)
	file("good.npy", good)
	file("wide.npy", matrix(t, rows(1000), 8))
	file("empty.npy", nil)
	file("text.npy", []byte("this is no array\n"))
	file("truncated.npy", good[:len(good)-100])
	file("flat.npy", rawNPY("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }\n", make([]byte, 12)))
	file("object.npy", rawNPY("{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }\n", []byte("\x80\x04]\x94.")))
	file("ints.npy", rawNPY("{'descr': '<i8', 'fortran_order': False, 'shape': (3, 2), }\n", make([]byte, 48)))
	file("norows.npy", rawNPY("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }\n", nil))
	file("nan.npy", with(1000, 700, nan))
	file("inf.npy", with(1000, 0, float32(math.Inf(-1))))
	file("zero.npy", matrix(t, append(rows(999), 0, 0, 0, 0), 4))
	all := make([]float32, 40)
	for i := range all {
		all[i] = nan
	}
	file("allnan.npy", matrix(t, all, 4))
	file("equal.npy", repeat(1000, 1))
	file("few.npy", repeat(1000, 39))
	indices := func(name string, v ...int64) {
		file(name, int64s(t, v))
	}
	indices("valid.npy", 7, 5, 6)
	indices("beyond.npy", 5, 1000)
	indices("negative.npy", 5, -1)
	indices("repeated.npy", 5, 6, 5)

	var gz bytes.Buffer
	w := gzip.NewWriter(&gz)
	for range 1000 {
		_, _ = w.Write([]byte("a line of text that is long enough to be a record\n"))
	}
	_ = w.Close()
	file("truncated.txt.gz", gz.Bytes()[:gz.Len()/2])
	corrupt := bytes.Clone(gz.Bytes())
	corrupt[len(corrupt)/2] ^= 0xff
	corrupt[len(corrupt)-6] ^= 0xff // the checksum, so that it is found whatever the byte above decodes to
	file("corrupt.txt.gz", corrupt)
	file("plain.txt.gz", []byte("not compressed\n"))
	lines := strings.Repeat(`{"text": "a record"}`+"\n", 100)
	file("malformed.jsonl", []byte(lines+`{"text": "open`+"\n"+lines))
	file("field.jsonl", []byte(lines+`{"txt": "a record"}`+"\n"+`{"text": 7}`+"\n"))
	file("latin.txt", []byte("a line\nanother line\nna\xefve\n"))
	file("blank.txt", []byte("\n \n\n"))
	if err := os.Mkdir(filepath.Join(dir, "folder.npy"), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	badFiles(t, dir)
	for _, tt := range badInputs {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"out", "work"} {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			checkFault(t, dir, curate(t, dir, append([]string{"run", "-config", "config.yaml"}, tt.args...)...), tt.want)
		})
	}
}

// TestRunnerWithoutItsAddresses: what a runner lacks is said all at once.
func TestRunnerWithoutItsAddresses(t *testing.T) {
	dir := t.TempDir()
	badFiles(t, dir)
	r := curate(t, dir, append([]string{"run", "-config", "config.yaml"}, sets("runner.name=flink")...)...)
	for _, want := range []string{
		"runner.options.endpoint: missing; set -endpoint to the address (host:port) of Beam's Flink job server; see docs/flink.md",
		"runner.options.flink_master: missing; set it to Flink's REST address (host:port)",
	} {
		if r.code != 1 || !strings.Contains(r.stderr, want) {
			t.Errorf("exit code %d, got %s\nwant %s", r.code, r.stderr, want)
		}
	}
}

// checkFault checks how a run of bad input ended.
func checkFault(t *testing.T, dir string, r result, want string) {
	t.Helper()
	if r.code != 1 {
		t.Errorf("exit code %d, want 1", r.code)
	}
	if r.stdout != "" {
		t.Errorf("stdout is %q, want nothing", r.stdout)
	}
	if got := strings.ReplaceAll(r.last(), dir, "DIR"); got != "curate: "+want {
		t.Errorf("message:\n got %s\nwant %s", got, want)
	}
	if n := strings.Count("\n"+r.stderr, "\ncurate: "); n != 1 {
		t.Errorf("%d messages, want 1:\n%s", n, r.stderr)
	}
	for _, trace := range []string{"goroutine", ".go:", "panic", "DoFn", "caused by"} {
		if strings.Contains(r.stderr, trace) {
			t.Errorf("stderr has %q:\n%s", trace, r.stderr)
		}
	}
	if found := leftovers(t, filepath.Join(dir, "out"), "indices.npy", "selection.parquet", "summary.json", "report.html"); len(found) > 0 {
		t.Errorf("left in the output folder: %v", found)
	}
	if found := leftovers(t, dir); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
}
