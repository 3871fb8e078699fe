package write

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestIDLine: whatever an id is, its line can be read back.
func TestIDLine(t *testing.T) {
	for _, id := range []string{"", "a", "a b", `C:\new`, "two\nlines", "cr\r", `"quoted"`, `in "side"`, "ü", "{}"} {
		line, err := IDLine(id)
		if err != nil || strings.ContainsAny(line, "\r\n") {
			t.Fatalf("%q: %q, %v", id, line, err)
		}
		got := line
		if strings.HasPrefix(line, `"`) {
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
		}
		if got != id {
			t.Errorf("%q: read back as %q from %s", id, got, line)
		}
	}
}
