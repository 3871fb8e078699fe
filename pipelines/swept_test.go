package pipelines_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"leveler/configs"
)

// TestKilledCopyIsSwept: a rerun removes what a killed one was writing, whether it
// asks for that copy again or not.
func TestKilledCopyIsSwept(t *testing.T) {
	f := raw(t, configs.KindImages, 40)
	if _, err := f.curateRaw(configs.KindImages, "output.formats=[npy, files]"); err != nil {
		t.Fatal(err)
	}
	want := f.tree("files")
	marker := string(must(os.ReadFile(f.dir + "/out/files/.leveler.json")))
	f.write("out/files/.leveler.json", []byte(strings.Replace(marker, `"finished": true`, `"finished": false`, 1)))
	f.write("out/files/even/.0011223344556677.leveler-tmp", []byte("half"))
	f.write("out/.webdataset-0123456789abcdef/shard-00000-00000-0123456789abcdef.tar", []byte("half"))
	f.write("out/.webdataset-mine/x", []byte("mine"))
	if _, err := f.curateRaw(configs.KindImages, "output.formats=[npy, files]"); err != nil {
		t.Fatal(err)
	}
	got := f.tree("files")
	for name := range got {
		if got[name] != want[name] || len(got) != len(want) {
			t.Errorf("%s differs, or %d files are not %d", name, len(got), len(want))
		}
	}
	if left, err := filepath.Glob(f.dir + "/out/.webdataset-*"); err != nil || len(left) != 1 || filepath.Base(left[0]) != ".webdataset-mine" {
		t.Errorf("left: %v, %v", left, err)
	}
}
