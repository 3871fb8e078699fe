package leveler_test

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layers names, for each top-level folder, the folders it may import (DESIGN
// section 6: arrows go one way).
var layers = map[string][]string{
	"internal":   {"internal"},
	"transforms": {"internal", "transforms"},
	"configs":    {"internal", "transforms", "configs"},
	"runners":    {"runners"},
	"pipelines":  {"internal", "transforms", "configs", "runners", "pipelines"},
	"bench":      {"internal"},
}

// maxLines is the most lines of a Go file that is written by hand.
const maxLines = 400

func TestLayersAndFiles(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		files++
		return checkFile(t, path)
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("saw only %d Go files; is this the root of the module?", files)
	}
}

func checkFile(t *testing.T, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	generated := bytes.HasPrefix(src, []byte("// Code generated "))
	if n := bytes.Count(src, []byte("\n")); n > maxLines && !generated {
		t.Errorf("%s has %d lines; split what has more than %d", path, n, maxLines)
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
	if err != nil {
		return err
	}
	top, _, nested := strings.Cut(filepath.ToSlash(path), "/")
	if !nested {
		return nil
	}
	for _, imp := range f.Imports {
		p, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return err
		}
		if top == "internal" && strings.HasPrefix(p, "github.com/apache/beam") {
			t.Errorf("%s imports %s; internal knows no Beam", path, p)
		}
		ours, ok := strings.CutPrefix(p, "leveler/")
		if !ok {
			continue
		}
		folder, _, _ := strings.Cut(ours, "/")
		if strings.HasSuffix(path, "_test.go") && (folder == "runners" || ours == "internal/fakegcs") {
			continue // a transform's test runs it; a test of any layer may need a bucket
		}
		if !slices.Contains(layers[top], folder) {
			t.Errorf("%s imports %s; %s may import only %s", path, p, top, strings.Join(layers[top], ", "))
		}
	}
	return nil
}
