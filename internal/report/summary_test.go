package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteJSON(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteJSON(&buf, small()); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.json", buf.String())

	back, err := ReadJSON(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(small(), back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestWriteJSONOfNothing(t *testing.T) {
	var buf bytes.Buffer
	if err := WriteJSON(&buf, Summary{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(buf.String(), "null") {
		t.Errorf("a list is null:\n%s", buf.String())
	}
}

func TestWriteJSONCutsBadRows(t *testing.T) {
	s := small()
	s.Input.Bad = BadRows{Count: 1000, First: make([]BadRow, 25)}
	var buf bytes.Buffer
	if err := WriteJSON(&buf, s); err != nil {
		t.Fatal(err)
	}
	back, err := ReadJSON(&buf)
	if err != nil {
		t.Fatal(err)
	}
	if got := len(back.Input.Bad.First); got != MaxBadRows || back.Input.Bad.Count != 1000 {
		t.Errorf("got %d rows listed of %d, want %d of 1000", got, back.Input.Bad.Count, MaxBadRows)
	}
}

// What differs between equal runs is the last member, and only that.
func TestResults(t *testing.T) {
	a, b := small(), small()
	b.Execution = Execution{Runner: "flink", Seconds: 7, OutputDir: "/elsewhere"}
	ra, err := Results(a)
	if err != nil {
		t.Fatal(err)
	}
	rb, err := Results(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ra, rb) {
		t.Errorf("equal runs differ:\n%s", cmp.Diff(string(ra), string(rb)))
	}
	b.Digests.Selection = "sha256:other"
	if rb, err = Results(b); err != nil || bytes.Equal(ra, rb) {
		t.Errorf("unequal runs are equal (error %v)", err)
	}

	var buf bytes.Buffer
	if err := WriteJSON(&buf, a); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(&buf)
	var members []string
	for depth := 0; ; {
		token, err := dec.Token()
		if err != nil {
			break
		}
		switch x := token.(type) {
		case json.Delim:
			if x == '{' || x == '[' {
				depth++
			} else {
				depth--
			}
		case string:
			if depth == 1 {
				members = append(members, x)
			}
		}
	}
	if got, want := slices.Index(members, "execution"), len(members)-1; got != want {
		t.Errorf("execution is member %d of %q, want the last", got, members)
	}
}

func TestReadJSONRefuses(t *testing.T) {
	for name, text := range map[string]string{"another version": `{"verdict": "fine"}`, "no JSON": `<html>`, "empty": ``} {
		if _, err := ReadJSON(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "report: summary: ") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

func TestValidate(t *testing.T) {
	if err := small().Validate(); err != nil {
		t.Errorf("got %v for a good summary", err)
	}
	s := small()
	s.Sample.Copies = 99
	s.Digests.Centroids, s.Digests.Assignments = nil, nil
	s.Execution.LevelSeconds = []float64{1}
	err := s.Validate()
	for _, want := range []string{"99 of a target of 100 without a reason", "0 centroid digests for 2 levels", "0 digests of assignments for 2 levels", "1 times for 2 levels"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

// failing is a full disk.
type failing struct{}

var errFull = errors.New("no space left on device")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"json":  WriteJSON(failing{}, small()),
		"html":  WriteHTML(failing{}, small(), Charts{}),
		"table": WriteTable(failing{}, small()),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: got %v, want it to wrap %v", name, err, errFull)
		}
	}
}
