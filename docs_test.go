package leveler_test

import (
	"flag"
	"os"
	"testing"

	"leveler/configs"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

func TestConfigurationDocIsTheSchema(t *testing.T) {
	const path = "docs/configuration.md"
	want := "# Configuration\n\nMade from the schema: `go test . -run Configuration -update` writes it.\n\n" + configs.Markdown()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what configs.Markdown gives; run go test . -run Configuration -update", path)
	}
}
