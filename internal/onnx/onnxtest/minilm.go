// Package onnxtest finds what tests of models need, and skips them where it is
// not: ONNX Runtime and a real text model are downloads, never part of the tree.
package onnxtest

import (
	"os"
	"path/filepath"
	"testing"
)

// MiniLM is a folder that ../shared/models/get-minilm.sh filled.
type MiniLM struct {
	Library, Model, Tokenizer string
}

// Need returns the folder $LEVELER_MINILM or ~/.cache/minilm; a test that finds
// neither is skipped.
func Need(tb testing.TB) MiniLM {
	tb.Helper()
	dir := os.Getenv("LEVELER_MINILM")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			tb.Skip("no ONNX Runtime and no model: ", err)
		}
		dir = filepath.Join(cache, "minilm")
	}
	m := MiniLM{
		Library:   filepath.Join(dir, "libonnxruntime.so"),
		Model:     filepath.Join(dir, "minilm-l6-v2.onnx"),
		Tokenizer: filepath.Join(dir, "tokenizer.json"),
	}
	for _, path := range []string{m.Library, m.Model, m.Tokenizer} {
		if _, err := os.Stat(path); err != nil {
			tb.Skipf("no ONNX Runtime or no model: %v; fill the folder with get-minilm.sh, or name another in LEVELER_MINILM", err)
		}
	}
	return m
}
