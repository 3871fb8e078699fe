package asset

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSweep: what a killed process was copying goes, what another one copies now stays.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	old, young, kept := filepath.Join(dir, ".copy-1"), filepath.Join(dir, ".copy-2"), filepath.Join(dir, "model.onnx")
	for _, path := range []string{old, young, kept} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * oldCopy)
	for _, path := range []string{old, kept} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := sweep(dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{old: false, young: true, kept: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: is it there: %v, want %v", path, err == nil, want)
		}
	}
}
