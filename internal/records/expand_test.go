package records

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree makes files of their names' length in a new folder and enters it.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExpand(t *testing.T) {
	tree(t, "a/x-1.txt", "a/x-2.txt", "a/x-10.txt", "a/y.go", "a/.hidden", "a/b/z.txt", "a/b/c/z.go", "a/.git/z.txt", "odd[1].txt", "s-00008.npy", "s-00009.npy", "s-00010.npy")
	for from, to := range map[string]string{"a/link.txt": "x-1.txt", "a/up": "..", "far": "a/b"} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	abs, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		pattern string
		filter  Filter
		want    string // path=name where they differ
	}{
		{"a/y.go", Filter{}, "a/y.go=y.go"},
		{"./a//y.go", Filter{}, "a/y.go=y.go"},
		{"odd[1].txt", Filter{}, "odd[1].txt"},
		{"a/x-?.txt", Filter{}, "a/x-1.txt=x-1.txt a/x-2.txt=x-2.txt"},
		{"a/x-*.txt", Filter{}, "a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt"},
		{"a/[xy]*", Filter{}, "a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt a/y.go=y.go"},
		{"a/l*", Filter{}, "a/link.txt=link.txt"},
		{"a/.h*", Filter{}, "a/.hidden=.hidden"},
		{"a/...", Filter{}, "a/b/c/z.go=b/c/z.go a/b/z.txt=b/z.txt a/link.txt=link.txt a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt a/y.go=y.go"},
		{"a/...", Filter{Include: []string{"*.go"}}, "a/b/c/z.go=b/c/z.go a/y.go=y.go"},
		{"a/...", Filter{Include: []string{"*.go", "*.txt"}, Exclude: []string{"x-*", "l*"}}, "a/b/c/z.go=b/c/z.go a/b/z.txt=b/z.txt a/y.go=y.go"},
		{"**/z.*", Filter{}, "a/b/c/z.go a/b/z.txt"},
		{"a/**/z.*", Filter{}, "a/b/c/z.go=b/c/z.go a/b/z.txt=b/z.txt"},
		{"a/**/**/z.go", Filter{}, "a/b/c/z.go=b/c/z.go"},
		{"far/...", Filter{}, "far/c/z.go=c/z.go far/z.txt=z.txt"},
		{"*/z.txt", Filter{}, "far/z.txt"},
		{"s-{00008..00010}.npy", Filter{}, "s-00008.npy s-00009.npy s-00010.npy"},
		{"{s-00009,a/y,s-00008}.{npy,go}", Filter{Include: []string{"*"}}, "error: no such file: \"s-00009.go\""},
		{"{a/y.go,s-{00009,00010}.npy}", Filter{}, "a/y.go s-00009.npy s-00010.npy"},
		{"a/{x-*,y*,w*}", Filter{}, "a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt a/y.go=y.go"},
		{"a/{x-1,x-?}.txt", Filter{}, "a/x-1.txt=x-1.txt a/x-2.txt=x-2.txt"},
		{abs + "/a/y.go", Filter{}, abs + "/a/y.go=y.go"},
		{abs + "/a/b/*", Filter{}, abs + "/a/b/z.txt=z.txt"},
		{"a/../s-00008.npy", Filter{}, "s-00008.npy"},
		{"", Filter{}, "error: no path given"},
		{"none.txt", Filter{}, `error: no such file: "none.txt"`},
		{"none/*.txt", Filter{}, `error: no file matches "none/*.txt"`},
		{"a/none/...", Filter{}, `error: no file matches "a/none/..."`},
		{"a", Filter{}, `error: "a" is a folder; write "a/..." for all files below it`},
		{"a/y.go/*", Filter{}, `error: no file matches "a/y.go/*"`},
		{"s-{00008..00011}.npy", Filter{}, `error: no such file: "s-00011.npy"`},
		{"s-{00008..}.npy", Filter{}, `error: pattern "s-{00008..}.npy": {00008..} is neither {a,b} nor {first..last}`},
		{"s-{9..8}.npy", Filter{}, `error: pattern "s-{9..8}.npy": {9..8} is neither {a,b} nor {first..last}`},
		{"s-{0..9999999}.npy", Filter{}, `error: pattern "s-{0..9999999}.npy": {0..9999999} has more than 1000000 alternatives`},
		{"{0..9999}{0..9999}", Filter{}, `error: pattern "{0..9999}{0..9999}" has more than 1000000 alternatives`},
		{"s-{a", Filter{}, `error: pattern "s-{a": a { without its }`},
		{"a/[x", Filter{}, `error: malformed pattern "a/[x": "[x"`},
		{"a/*.go", Filter{Exclude: []string{"y*"}}, `error: no file matches "a/*.go": include and exclude leave none of 1`},
		{"a/*.go", Filter{Include: []string{"["}, Exclude: []string{"a/b"}}, "error: include[0] must be a pattern of file names such as \"*.txt\" (got \"[\")\n" +
			`exclude[0] must be a pattern of file names such as "*.txt" (got "a/b")`},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(strings.TrimPrefix(tt.pattern, abs), "/", "|"), func(t *testing.T) {
			files, err := Expand(tt.pattern, tt.filter)
			var got []string
			for _, f := range files {
				if f.ModTime == 0 || f.Size == 0 {
					t.Errorf("got %+v, want a size and a time", f)
				}
				s := f.Path
				if f.Name != f.Path {
					s += "=" + f.Name
				}
				got = append(got, s)
			}
			if err != nil {
				got = []string{"error: " + err.Error()}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExpandNamesABrokenLink(t *testing.T) {
	tree(t, "a/x.txt")
	if err := os.Symlink("nowhere", "a/y.txt"); err != nil {
		t.Fatal(err)
	}
	_, err := Expand("a/*.txt", Filter{})
	if want := `"a/y.txt" is a symbolic link to nothing`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}
