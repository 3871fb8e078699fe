package configs

import "testing"

func TestParseInt(t *testing.T) {
	good := map[string]int64{
		"0": 0, "-5": -5, "+5": 5, "100_000": 100_000, "1_0_0": 100, "1e6": 1_000_000, "1.5e3": 1500, "-2e2": -200,
		"007": 7, "9223372036854775807": 1<<63 - 1, "1e15": 1e15,
	}
	for s, want := range good {
		if got, ok := parseInt(s); got != want || !ok {
			t.Errorf("parseInt(%q) = %d, %v; want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "x", "1.5", "_1", "1_", "1__0", "1e400", "1e16", "0x10", "0x1p4", "NaN", "Inf", "9223372036854775808", "1 "} {
		if got, ok := parseInt(s); ok {
			t.Errorf("parseInt(%q) = %d, want none", s, got)
		}
	}
}

func TestParseBytes(t *testing.T) {
	good := map[string]Bytes{
		"0": 0, "16777216": 16 * MiB, "16_777_216": 16 * MiB, "16MiB": 16 * MiB, "16 MiB": 16 * MiB, "1.5GiB": 3 << 29, // 1.5 x 2^30
		"2kB": 2000, "3MB": 3e6, "4GB": 4e9, "1TB": 1e12, "2TiB": 2 * TiB, "7B": 7, "1KiB": 1024, "1_000kB": 1e6, "1e6": 1e6, "-1": -1,
	}
	for s, want := range good {
		if got, ok := ParseBytes(s); got != want || !ok {
			t.Errorf("ParseBytes(%q) = %d, %v; want %d", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "MiB", "16M", "16mib", "16Mib", "1.5B", "1.0001kB", "99999999TiB", "1  MiB", "-1MiB", "_1MiB"} {
		if got, ok := ParseBytes(s); ok {
			t.Errorf("ParseBytes(%q) = %d, want none", s, got)
		}
	}
	for b, want := range map[Bytes]string{0: "0", 1: "1", 1000: "1000", KiB: "1KiB", 1536: "1536", 16 * MiB: "16MiB", 1024 * GiB: "1TiB", -KiB: "-1024"} {
		if got := b.String(); got != want {
			t.Errorf("Bytes(%d) is %q, want %q", int64(b), got, want)
		}
	}
}

// TestKinds derives the kind of input from paths.
func TestKinds(t *testing.T) {
	for path, want := range map[string]string{
		"x.npy": KindNPY, "gs://b/x-*.NPY": KindNPY, "a.jsonl": KindJSONL, "a.jsonl.gz": KindJSONL, "a.ndjson": KindJSONL,
		"a.txt": KindText, "a.txt.gz": KindText, "dir/...": KindText, "a": KindText, "x/*.md": KindText,
		"a.parquet": "parquet", "a/{00..99}.tar": "webdataset", "a.tar.gz": "webdataset", "a.JPG": "images", "a.flac": "audio",
	} {
		in := Input{Path: Paths{path}}
		if in.complete(false); in.Kind != want {
			t.Errorf("%s is %s, want %s", path, in.Kind, want)
		}
	}
}
