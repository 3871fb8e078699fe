// Package spread hands the path of what one step has committed to the step that
// works on every shard. Paths travel in the tasks and not as a side input: Beam's
// Flink runner may not have a side input ready when a Go worker asks for it at a
// bundle's start, and fails the task.
package spread

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"reflect"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
)

func init() {
	register.DoFn2x0[string, func(Task)](&overFn{})
	register.Emitter1[Task]()
	beam.RegisterCoder(reflect.TypeFor[Task](), encodeTask, decodeTask)
}

// Task is the work of a step on one shard.
type Task struct {
	Path  string // what the step before committed
	Shard int    // index, or Whole
}

// Whole is the shard of the one task that every spreading has: it takes the path
// to the next step where there is no shard to work on.
const Whole = -1

// Over makes the tasks for shards 0 to n-1 and the whole.
// PCollection<string> (one path) → PCollection<Task>.
func Over(s beam.Scope, path beam.PCollection, n int) beam.PCollection {
	s = s.Scope("spread.Over")
	return beam.Reshuffle(s, beam.ParDo(s, &overFn{N: n}, path))
}

type overFn struct{ N int }

// ProcessElement emits the tasks.
func (f *overFn) ProcessElement(path string, emit func(Task)) {
	emit(Task{path, Whole})
	for i := range f.N {
		emit(Task{path, i})
	}
}

// Seal puts the path before an element, so that whoever reduces the elements
// knows it from the first one, in whatever order they come.
func Seal(path string, element []byte) []byte {
	b := make([]byte, 0, 4+len(path)+len(element))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(path)))
	return append(append(b, path...), element...)
}

// Open takes apart what Seal made.
func Open(b []byte) (path string, element []byte, err error) {
	if len(b) < 4 || uint64(len(b)) < 4+uint64(binary.LittleEndian.Uint32(b)) {
		return "", nil, errors.New("spread: an element was cut short on its way")
	}
	n := 4 + int(binary.LittleEndian.Uint32(b))
	return string(b[4:n]), b[n:], nil
}

// encodeTask and decodeTask are the coder of a Task, not Beam's row:
// see collect.Result.
func encodeTask(v Task) ([]byte, error) { return json.Marshal(v) }

func decodeTask(b []byte) (v Task, err error) {
	err = json.Unmarshal(b, &v)
	return v, err
}
