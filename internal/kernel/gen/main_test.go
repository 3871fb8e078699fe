package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedAssemblyIsWhatIsGenerated(t *testing.T) {
	for _, o := range outputs {
		want, err := os.ReadFile(filepath.Join("..", o.path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(generate(o), want) {
			t.Errorf("%s is not what go generate writes", o.path)
		}
	}
}
