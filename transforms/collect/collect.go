// Package collect writes what the elements of a collection report, such as the
// files each shard left, as one manifest that the driver finds and verifies.
package collect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"

	"leveler/internal/store"
)

func init() {
	register.DoFn3x1[int, func(*Result) bool, func(string), error](&manifestFn{})
	register.Function1x2(one)
	register.Emitter1[string]()
	register.Iter1[Result]()
	beam.RegisterCoder(reflect.TypeFor[Result](), encodeResult, decodeResult)
}

// Result is the report of one element: its place and any JSON.
type Result struct {
	Index int
	JSON  []byte
}

// encodeResult and decodeResult are the coder of a Result. Beam would make a row
// of a struct, which Flink decodes too, and not always as Go encodes it: elements
// have coders of their own, which engines pass on as bytes.
func encodeResult(r Result) []byte {
	return append(binary.AppendVarint(nil, int64(r.Index)), r.JSON...)
}

func decodeResult(b []byte) (Result, error) {
	i, n := binary.Varint(b)
	if n <= 0 {
		return Result{}, errors.New("collect: a result was cut short on its way")
	}
	return Result{Index: int(i), JSON: b[n:]}, nil
}

// NewResult makes the report v of element index.
func NewResult(index int, v any) (Result, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return Result{}, fmt.Errorf("collect: element %d: %w", index, err)
	}
	return Result{index, b}, nil
}

// Manifest commits the results, in order of their index, as a JSON list
// dir/<name>-<digest>.json. A result that came twice counts once.
// PCollection<Result> → PCollection<string> (the path).
func Manifest(s beam.Scope, results beam.PCollection, dir, name string) beam.PCollection {
	s = s.Scope("collect.Manifest")
	return beam.ParDo(s, &manifestFn{Dir: dir, Name: name}, beam.GroupByKey(s, beam.ParDo(s, one, results)))
}

func one(r Result) (int, Result) { return 0, r }

type manifestFn struct{ Dir, Name string }

// ProcessElement sees all results.
func (f *manifestFn) ProcessElement(_ int, results func(*Result) bool, emit func(string)) error {
	var all []Result
	var r Result
	for results(&r) {
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Result) int { return a.Index - b.Index })
	all = slices.CompactFunc(all, func(a, b Result) bool { return a.Index == b.Index })
	ref, err := store.Commit(f.Dir, f.Name, ".json", func(w io.Writer) error {
		var b bytes.Buffer
		b.WriteString("[\n")
		for i, r := range all {
			if i > 0 {
				b.WriteString(",\n")
			}
			b.Write(r.JSON)
		}
		b.WriteString("\n]\n")
		_, err := w.Write(b.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	emit(ref.Path)
	return nil
}

// Find returns the manifest of that name in dir, if it was committed, and
// decodes it into list.
func Find[T any](dir, name string) (list []T, path string, err error) {
	paths, err := manifests(dir, name)
	if err != nil || len(paths) == 0 {
		return nil, "", err
	}
	list, err = Read[T](paths[0])
	return list, paths[0], err
}

// Read decodes the manifest that Manifest committed at path.
func Read[T any](path string) (list []T, err error) {
	b, err := store.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// Reports are the paths of the reports dir/<name>-<index>-<digest>.json that an
// earlier attempt committed, by index.
func Reports(dir, name string) (map[int][]string, error) {
	names, err := store.List(dir)
	if err != nil {
		return nil, err
	}
	found := map[int][]string{}
	for _, n := range names {
		var i int
		if _, err := fmt.Sscanf(n, name+"-%d-", &i); err == nil && strings.HasSuffix(n, ".json") {
			found[i] = append(found[i], store.Join(dir, n))
		}
	}
	return found, nil
}

// Clear removes the manifests of that name in dir. The driver calls it before
// the job that commits one: an earlier attempt may have reported other shards,
// or a fault that is mended.
func Clear(dir, name string, guard store.Guard) error {
	paths, err := manifests(dir, name)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := store.Remove(path, guard); err != nil {
			return err
		}
	}
	return nil
}

// manifests are the paths of those of that name in dir.
func manifests(dir, name string) ([]string, error) {
	names, err := store.List(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, n := range names {
		if strings.HasPrefix(n, name+"-") && strings.HasSuffix(n, ".json") && len(n) == len(name)+len("-0123456789abcdef.json") {
			paths = append(paths, store.Join(dir, n))
		}
	}
	return paths, nil
}
