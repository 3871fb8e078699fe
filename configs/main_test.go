package configs

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the expected messages in testdata")

func TestMain(m *testing.M) {
	flag.Parse()
	os.Unsetenv("LEVELER_UNSET")
	os.Exit(m.Run())
}
