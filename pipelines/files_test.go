package pipelines_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/progress"
	"leveler/pipelines"
)

// TestFolderWithoutAKind is text; what to set for another kind is said, where there
// is no text and where there is little. The first pass counts its files.
func TestFolderWithoutAKind(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "x", name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	run := func() (string, error) {
		t.Helper()
		c, err := configs.Load("", []string{
			"input.path=" + dir + "/x/...", "work.dir=" + dir + "/work", "output.dir=" + dir + "/out", "embed.dim=64",
			"levels=[{n_clusters: 5, n_iters: 2}]", "sample.target_size=10", "output.formats=[npy]",
		})
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		_, err = (&pipelines.Run{Config: c, Progress: progress.New(&said, false)}).Curate(t.Context())
		return said.String(), err
	}
	for i := range 5 {
		write(fmt.Sprintf("%d.jpg", i), "")
	}
	write("a.wav", "")
	const want = "is text by its extension: 6 files (.jpg: 5, .wav: 1); set input.kind: images or audio, or input.include to take them all the same"
	if _, err := run(); err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want … %s", err, want)
	}
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, "line %d says %d times that it is another one\n\n", i, i*i)
	}
	write("notes.txt", lines.String())
	write("more.txt", strings.ToUpper(lines.String()))
	said, err := run()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(taken as text; for the others set input.kind: images)", "Indexing: done in ", ", 2 files"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said:\n%s", want, said)
		}
	}
}
