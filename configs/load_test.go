package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/fit"
)

// with returns the default configuration, completed after f changed it.
func with(f func(c *Config)) *Config {
	c := Default()
	f(c)
	return c
}

func TestLoadGood(t *testing.T) {
	digest := strings.Repeat("0123456789abcdef", 4)
	t.Setenv("LEVELER_TEST", "in the environment")
	level := func(n int) fit.Params { l := defaultLevel(); l.NClusters = n; return l }
	tests := map[string]*Config{
		"shortest": with(func(c *Config) {
			c.Input.Kind, c.Input.Path = KindNPY, Paths{"data/x-*.npy"}
			c.Embed.Kind = EmbedPrecomputed
			c.Sample.TargetSize = 10000
		}),
		"levels": with(func(c *Config) {
			c.Input.Kind, c.Input.Path, c.Input.Split = KindText, Paths{"notes.txt"}, SplitLine
			c.Input.Medium, c.Input.MaxRecordBytes = MediumText, MiB
			c.Embed = Embed{Kind: EmbedBuiltin, Dim: 256, Precision: PrecisionFloat32, Normalise: true}
			c.Levels = Levels{level(8), level(4)}
			c.Levels[1].NIters = 9
			c.Sample.TargetSize = 10
		}),
		"formats": with(func(c *Config) {
			c.Input.Kind, c.Input.Path, c.Input.Medium = KindWebDataset, Paths{"laion/{00000..00012}.tar.gz"}, MediumAudio
			c.Input.ItemExt, c.Input.MaxRecordBytes = []string{"flac"}, 64*MiB
			c.Embed = Embed{Kind: EmbedBuiltin, Dim: 160, Precision: PrecisionFloat32, Normalise: true}
			c.Sample.TargetSize = 1
		}),
		"everything": {
			Seed: 1<<64 - 1,
			Input: Input{
				Kind: KindJSONL, Medium: MediumText, Path: Paths{"a.jsonl", "b/in the environment/*.gz", "literal ${NAME}"},
				Include: []string{"*.gz", "a*"}, Exclude: []string{"b*"},
				IDField: "id", TextField: "body", MinChars: 2, MaxRecordBytes: 2000,
				MaxFileBytes: GiB, MaxExpansion: 1000, MaxBadFraction: 0.5,
				OnBadRow: BadRowDrop, OnDuplicateID: DuplicateIDBad, SubsetIndicesPath: "subset.npy",
			},
			Embed: Embed{
				Kind: EmbedONNX, Dim: 128, Precision: PrecisionFloat16, Model: "gs://bucket/m.onnx", ModelSHA256: digest,
				RuntimeLibrary: "lib/ort.so", RuntimeLibrarySHA256: digest, Tokenizer: "t.json", TokenizerSHA256: digest, PreprocessorSHA256: digest,
				MaxLength: 99, Output: "pooled", Pooling: PoolingCLS, BatchSize: 7, ExecutionProvider: ProviderCUDA,
			},
			Distance: DistanceCosine,
			Levels: Levels{{
				NClusters: 100_000, NSplits: 1, NIters: 7, NResamplingSteps: 3, SampleSize: 4,
				SamplingStrategy: "r", Seeding: "kmeans++", EmptyClusters: "keep", SeedingFlops: 1e9,
			}, level(99_999)},
			Sample:    Sample{TargetSize: 1_000_000, SamplingStrategy: "c", Multiplier: 2, Seed: 12, ValidIndicesPath: "valid.npy"},
			Work:      Work{Dir: "w"},
			Output:    Output{Dir: "o", Formats: []string{FormatParquet}, ShardRows: 5, ShardBytes: 1 << 20},
			Runner:    Runner{Name: RunnerPrism, Options: map[string]string{"parallelism": "4", "experiments": "a,b"}},
			Resources: Resources{ShardBytes: 3 << 19, ShardRows: 1000, IterationsPerJob: 5, Threads: 2}, // 1.5 MiB = 3 x 2^19
		},
	}
	for _, file := range glob(t, "testdata/*.good.yaml") {
		name := strings.TrimSuffix(filepath.Base(file), ".good.yaml")
		t.Run(name, func(t *testing.T) {
			want, ok := tests[name]
			if !ok {
				t.Fatal("no row in the table")
			}
			got, err := Load(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Load (-want +got):\n%s", diff)
			}
			if err := got.Validate(); err != nil {
				t.Errorf("Validate: %v", err)
			}
			roundTrip(t, got)
		})
	}
}

// roundTrip checks that what is written loads as the same value.
func roundTrip(t *testing.T, c *Config) {
	t.Helper()
	data, err := c.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("marshalled", data, nil)
	if err != nil {
		t.Fatalf("loading what Marshal wrote: %v\n%s", err, data)
	}
	if diff := cmp.Diff(c, again); diff != "" {
		t.Errorf("after Marshal and Parse (-want +got):\n%s\n%s", diff, data)
	}
}

// TestLoadBad compares messages with testdata/*.bad.txt, which -update rewrites.
func TestLoadBad(t *testing.T) {
	for _, file := range glob(t, "testdata/*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file, nil)
			if err == nil {
				t.Fatalf("no error, got %+v", c)
			}
			got := err.Error() + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadMissing(t *testing.T) {
	for _, path := range []string{"testdata/none.yaml", "testdata"} {
		if _, err := Load(path, nil); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Load(%q) error = %v, want one that names the file", path, err)
		}
	}
}

// TestPresets loads every configuration that comes with the program.
func TestPresets(t *testing.T) {
	files := glob(t, "*.yaml")
	if len(files) < 3 {
		t.Fatalf("only %v", files)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			c, err := Load(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			roundTrip(t, c)
			if err := c.ResolveLevels(1 << 40); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestQuickstartReadsGoroot(t *testing.T) {
	t.Setenv("GOROOT", "")
	c, err := Load("quickstart.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if dir := strings.TrimSuffix(c.Input.Path[0], "/..."); len(glob(t, dir+"/fmt/print.go")) != 1 {
		t.Errorf("input.path is %q, want the library's source", c.Input.Path[0])
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
