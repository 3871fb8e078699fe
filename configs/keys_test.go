package configs

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// keyOf is a key found in the types, with its default.
type keyOf struct {
	path string
	def  reflect.Value
}

// walk returns the keys of a section, in order.
func walk(prefix string, v reflect.Value) []keyOf {
	var list []keyOf
	for _, f := range fields(v.Type()) {
		path, fv := join(prefix, f.name), v.Field(f.index)
		switch {
		case fv.Kind() == reflect.Struct:
			list = append(list, walk(path, fv)...)
		case fv.Type() == reflect.TypeFor[Levels]():
			list = append(list, keyOf{path, fv})
			list = append(list, walk(path+".N", reflect.ValueOf(defaultLevel()))...)
		default:
			list = append(list, keyOf{path, fv})
		}
	}
	return list
}

// TestKeysMatchTypes: the table has every field in order, with its default.
func TestKeysMatchTypes(t *testing.T) {
	found := walk("", reflect.ValueOf(Default()).Elem())
	var want, got []string
	for _, k := range found {
		want = append(want, k.path)
	}
	for _, k := range Keys() {
		got = append(got, k.Path)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("paths (-types +table):\n%s", diff)
	}
	for i, k := range Keys() {
		if k.Type == "" || k.Help == "" || strings.Contains(k.Help, "\n") || !strings.HasSuffix(k.Help, ".") {
			t.Errorf("%s: type %q, help %q: want both, help in one line that ends in a full stop", k.Path, k.Type, k.Help)
		}
		def := found[i].def
		if def.IsZero() && k.Default != "" {
			continue // empty stands for what the table says in words
		}
		if shown := show(t, def); k.Default != shown {
			t.Errorf("%s: the table's default is %q, the type's %q", k.Path, k.Default, shown)
		}
	}
}

// show prints a default as YAML on one line.
func show(t *testing.T, v reflect.Value) string {
	t.Helper()
	if list, ok := v.Interface().([]string); ok {
		return "[" + strings.Join(list, ", ") + "]"
	}
	out, err := yaml.Marshal(v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// TestEverythingHasEveryKey keeps testdata/everything.good.yaml complete.
func TestEverythingHasEveryKey(t *testing.T) {
	data, err := os.ReadFile("testdata/everything.good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("LEVELER_TEST", "x")
	root, err := tree("everything", data)
	if err != nil {
		t.Fatal(err)
	}
	d := &decoder{places: map[string]place{}}
	d.section("", root, reflect.ValueOf(Default()).Elem())
	for _, k := range Keys() {
		if _, ok := d.places[strings.Replace(k.Path, ".N.", ".0.", 1)]; !ok {
			t.Errorf("%s is missing", k.Path)
		}
	}
}

// TestJSONNames: JSON has the names of YAML.
func TestJSONNames(t *testing.T) {
	var check func(typ reflect.Type)
	check = func(typ reflect.Type) {
		for _, f := range fields(typ) {
			field := typ.Field(f.index)
			if got := field.Tag.Get("json"); got != f.name {
				t.Errorf("%v.%s: %q in JSON, %q in YAML", typ, field.Name, got, f.name)
			}
			if field.Type.Kind() == reflect.Struct {
				check(field.Type)
			}
		}
	}
	check(reflect.TypeFor[Config]())
	check(reflect.TypeFor[Levels]().Elem())
}

func TestMarkdown(t *testing.T) {
	md := Markdown()
	for _, k := range Keys() {
		if !strings.Contains(md, "| `"+k.Path+"` | ") {
			t.Errorf("%s is not in the Markdown", k.Path)
		}
	}
	for line := range strings.Lines(md) {
		cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && cells != 5 {
			t.Errorf("a row of %d bars, want 5: %s", cells, line)
		}
	}
	heads := slices.Collect(func(yield func(string) bool) {
		for line := range strings.Lines(md) {
			if strings.HasPrefix(line, "### ") && !yield(strings.TrimSpace(line)) {
				return
			}
		}
	})
	if len(heads) < 8 {
		t.Errorf("sections: %v", heads)
	}
}

func TestSuggestion(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"seeed", "seed"},
		{"distnace", "distance"},
		{"level", "levels"},
		{"target_size", "sample.target_size"},
		{"n_clusters", "levels.N.n_clusters"},
		{"threads", "resources.threads"},
		{"checkpoint_period", ""},
	} {
		want := ""
		if tt.want != "" {
			want = fmt.Sprintf("; did you mean %s?", tt.want)
		}
		if got := suggestion(tt.name, fields(reflect.TypeFor[Config]())); got != want {
			t.Errorf("%s: %q, want %q", tt.name, got, want)
		}
	}
}
