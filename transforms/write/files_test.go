package write

import (
	"strings"
	"testing"
)

// TestFileName: a file has a safe name, and keeps its extension where that is one.
func TestFileName(t *testing.T) {
	long := strings.Repeat("x", 250)
	for _, tt := range []struct {
		id     string
		number bool
		n      int64
		want   string
	}{
		{"cat/a.jpg", false, 0, "cat/a.jpg"},
		{"cat/a.jpg", true, 1, "cat/a-73.2.jpg"},
		{"cat/a.jpg", true, 0, "cat/a-73.jpg"},
		{long + ".png", false, 0, "_renamed/73.png"},
		{long + ".png", true, 1, "_renamed/73.2.png"},
		{"../a.JPEG", false, 0, "_renamed/73.JPEG"},
		{"_renamed/1.gif", false, 0, "_renamed/73.gif"},
		{long, false, 0, "_renamed/73"},
		{long + ".a b", false, 0, "_renamed/73"},
	} {
		f := &copyFn{Params: CopyParams{Number: tt.number}}
		if got := f.fileName(Row{Row: 73, ID: tt.id}, tt.n); got != tt.want {
			t.Errorf("%.20q, %v, %d: got %.60q, want %q", tt.id, tt.number, tt.n, got, tt.want)
		}
	}
}
