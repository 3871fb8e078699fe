package report

import (
	"bytes"
	"os"
	"testing"
)

func TestTable(t *testing.T) {
	s, _ := fixture(t, []int{1000, 300, 50}, 10_000)
	var buf bytes.Buffer
	if err := WriteTable(&buf, s); err != nil {
		t.Fatal(err)
	}
	os.Stdout.Write(buf.Bytes())
}
