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
	dir := folder(tb)
	m := MiniLM{
		Library:   need(tb, dir, "libonnxruntime.so"),
		Model:     need(tb, dir, "minilm-l6-v2.onnx"),
		Tokenizer: need(tb, dir, "tokenizer.json"),
	}
	return m
}

// Library returns ONNX Runtime from the same folder, for tests that make a model
// of their own.
func Library(tb testing.TB) string {
	tb.Helper()
	return need(tb, folder(tb), "libonnxruntime.so")
}

func folder(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv("LEVELER_MINILM"); dir != "" {
		return dir
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Skip("no ONNX Runtime and no model: ", err)
	}
	return filepath.Join(cache, "minilm")
}

func need(tb testing.TB, dir, name string) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("no ONNX Runtime or no model: %v; fill the folder with get-minilm.sh, or name another in LEVELER_MINILM", err)
	}
	return path
}
