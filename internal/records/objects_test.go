package records

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leveler/internal/fakegcs"
)

// TestExpandObjects: a pattern means in a bucket what it means on disk.
func TestExpandObjects(t *testing.T) {
	s := fakegcs.New(t, "bkt")
	for _, name := range strings.Fields("a/x-1.txt a/x-2.txt a/x-10.txt a/y.go a/.hidden a/b/z.txt a/b/c/z.go a/.git/z.txt odd[1].txt s-00008.npy s-00009.npy s-00010.npy a/empty/") {
		s.Put("gs://bkt/"+name, []byte(name))
	}
	tests := []struct {
		pattern string // after gs://bkt/
		filter  Filter
		want    string // path=name where they differ
	}{
		{"a/y.go", Filter{}, "a/y.go=y.go"},
		{"odd[1].txt", Filter{}, "odd[1].txt"},
		{"a/x-?.txt", Filter{}, "a/x-1.txt=x-1.txt a/x-2.txt=x-2.txt"},
		{"a/x-*.txt", Filter{}, "a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt"},
		{"a/[xy]*", Filter{}, "a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt a/y.go=y.go"},
		{"a/.h*", Filter{}, "a/.hidden=.hidden"},
		{"a/...", Filter{}, "a/b/c/z.go=b/c/z.go a/b/z.txt=b/z.txt a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt a/y.go=y.go"},
		{"a/...", Filter{Include: []string{"*.go"}}, "a/b/c/z.go=b/c/z.go a/y.go=y.go"},
		{"**/z.*", Filter{}, "a/b/c/z.go a/b/z.txt"},
		{"a/**/z.*", Filter{}, "a/b/c/z.go=b/c/z.go a/b/z.txt=b/z.txt"},
		{"*/b/z.txt", Filter{}, "a/b/z.txt"},
		{"s-{00008..00010}.npy", Filter{}, "s-00008.npy s-00009.npy s-00010.npy"},
		{"{a/y.go,s-{00009,00010}.npy}", Filter{}, "a/y.go s-00009.npy s-00010.npy"},
		{"a/{x-*,y*,w*}", Filter{}, "a/x-1.txt=x-1.txt a/x-10.txt=x-10.txt a/x-2.txt=x-2.txt a/y.go=y.go"},
		{"a/{x-1,x-?}.txt", Filter{}, "a/x-1.txt=x-1.txt a/x-2.txt=x-2.txt"},
		{"a/{x-1,x-1}.txt", Filter{}, "a/x-1.txt=x-1.txt"},
		{"none.txt", Filter{}, `error: no such file: "gs://bkt/none.txt"`},
		{"none/*.txt", Filter{}, `error: no file matches "gs://bkt/none/*.txt"`},
		{"a", Filter{}, `error: "gs://bkt/a" is a folder; write "gs://bkt/a/..." for all files below it`},
		{"s-{00008..00011}.npy", Filter{}, `error: no such file: "gs://bkt/s-00011.npy"`},
		{"s-{00001..00040}.npy", Filter{}, `error: no such file: "gs://bkt/s-00001.npy"`}, // one listing for all
		{"s-{a", Filter{}, `error: pattern "gs://bkt/s-{a": a { without its }`},
		{"a/[x", Filter{}, `error: malformed pattern "gs://bkt/a/[x": "[x"`},
		{"a/*.go", Filter{Exclude: []string{"y*"}}, `error: no file matches "gs://bkt/a/*.go": include and exclude leave none of 1`},
		{"", Filter{}, `error: "gs://bkt/" must be gs://bucket/ and a path or a pattern; write "gs://bucket/..." for all objects of a bucket`},
	}
	for _, tt := range tests {
		t.Run(strings.ReplaceAll(tt.pattern, "/", "|"), func(t *testing.T) {
			files, err := Expand("gs://bkt/"+tt.pattern, tt.filter)
			var got []string
			for _, f := range files {
				path := strings.TrimPrefix(f.Path, "gs://bkt/")
				if f.ModTime != 0 || f.Generation != s.Generation(f.Path) || f.Size != int64(len(path)) {
					t.Errorf("got %+v, want a size and a generation", f)
				}
				if name := strings.TrimPrefix(f.Name, "bkt/"); name != path {
					path += "=" + name
				}
				got = append(got, path)
			}
			if err != nil {
				got = []string{"error: " + err.Error()}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Expand("gs://bk*/x", Filter{}); err == nil || !strings.Contains(err.Error(), "must be gs://bucket/") {
		t.Errorf("a pattern of buckets: got %v", err)
	}
	if _, err := Expand("gs://none/*", Filter{}); err == nil || !strings.Contains(err.Error(), "there is no bucket gs://none") {
		t.Errorf("no bucket: got %v", err)
	}
}
