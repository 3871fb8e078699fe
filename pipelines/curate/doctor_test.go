package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDoctor: every line is ok for a run that can be done, and a fault gets a line
// of its own and another exit code.
func TestDoctor(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.txt"), []byte("one line\nand another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"doctor", "-set", "input.path=x.txt", "-set", "sample.target_size=1"}
	r := curate(t, dir, args...)
	if r.code != 0 || strings.Contains(r.stdout, "FAIL") {
		t.Errorf("got code %d:\n%s%s", r.code, r.stdout, r.stderr)
	}
	for _, want := range []string{"the kernel takes the path", "1 text files", "builtin for text: 256 dimensions", "is writable"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	for name, tt := range map[string]struct {
		set  []string
		want string
	}{
		"no input":   {[]string{"input.path=none.txt"}, "none.txt"},
		"no model":   {[]string{"embed.kind=onnx", "embed.model=none.onnx"}, "embed.model: none.onnx"},
		"no runtime": {[]string{"embed.kind=onnx", "embed.model=none.onnx", "embed.runtime_library=x.txt"}, "embed.runtime_library"},
		"no engine":  {[]string{"runner.name=flink"}, "runner.options.endpoint: missing"},
		"no folder":  {[]string{"work.dir=x.txt/work"}, "x.txt"},
	} {
		more := args
		for _, s := range tt.set {
			more = append(more[:len(more):len(more)], "-set", s)
		}
		r := curate(t, dir, more...)
		if r.code != 1 || !strings.Contains(r.stdout, "FAIL") || !strings.Contains(r.stdout, tt.want) {
			t.Errorf("%s: got code %d, want 1 and a line with %q:\n%s%s", name, r.code, tt.want, r.stdout, r.stderr)
		}
	}
}
