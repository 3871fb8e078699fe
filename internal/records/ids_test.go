package records

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"leveler/internal/fakegcs"
)

// TestIDTable: a table that cannot be asked for is an error, and no missing one: the
// run would have other ids.
func TestIDTable(t *testing.T) {
	o := Options{Format: FormatNPY, IDField: "id"}
	dir := t.TempDir()
	vectors := File{Path: filepath.ToSlash(filepath.Join(dir, "img_emb", "img_emb_3.npy"))}
	if _, ok, err := IDTable(vectors, o); ok || err != nil {
		t.Errorf("without a table: %v, %v", ok, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "img_emb", "img_emb_3.parquet"), 0o700); err != nil {
		t.Fatal(err)
	}
	file(t, filepath.Join(dir, "metadata"))
	if _, ok, err := IDTable(vectors, o); ok || err != nil {
		t.Errorf("with a folder for a table, and a file for the folder of tables: %v, %v", ok, err)
	}
	want := filepath.Join(dir, "img_emb", "metadata_3.parquet")
	file(t, want)
	if got, ok, err := IDTable(vectors, o); !ok || err != nil || got.Path != filepath.ToSlash(want) || got.Size != 1 {
		t.Errorf("got %+v, %v, %v; want %s", got, ok, err, want)
	}
	if _, ok, err := IDTable(vectors, Options{Format: FormatNPY}); ok || err != nil {
		t.Errorf("where no ids are asked for: %v, %v", ok, err)
	}

	s := fakegcs.New(t, "bkt")
	vectors.Path = "gs://bkt/x/part-7.npy"
	if _, ok, err := IDTable(vectors, o); ok || err != nil {
		t.Errorf("in a bucket without a table: %v, %v", ok, err)
	}
	s.Put("gs://bkt/x/metadata_7.parquet", []byte("1"))
	if got, ok, err := IDTable(vectors, o); !ok || err != nil || got.Path != "gs://bkt/x/metadata_7.parquet" || got.Generation == 0 {
		t.Errorf("in a bucket: %+v, %v, %v", got, ok, err)
	}
	s.Inject(fakegcs.Fault{Status: http.StatusForbidden})
	if _, ok, err := IDTable(vectors, o); ok || err == nil {
		t.Errorf("where the bucket may not be read: %v, %v", ok, err)
	}
}

func file(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
}
