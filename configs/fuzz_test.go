package configs

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse: any file with any override gives a configuration or an error, never a
// panic; a configuration is valid and survives being written.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data, "levels.0.n_clusters=500")
		}
	}
	f.Add([]byte(twoLevels), "levels=[{n_clusters: 3}]")
	f.Add([]byte(twoLevels), "input.path=\xff\"'\n\x00")
	f.Add([]byte("work: &a [*a]"), "a.b=c")
	f.Add([]byte("{? {a: b} : *x, <<: {seed: 1}}"), "runner.options.=[]")
	f.Fuzz(func(t *testing.T, data []byte, set string) {
		c, err := Parse("fuzz", data, []string{set})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("loaded, but not valid: %v", err)
		}
		roundTrip(t, c)
	})
}
