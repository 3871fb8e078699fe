package ledger

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leveler/internal/store"
)

func open(t *testing.T, dir string) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func plan() *Plan {
	return &Plan{Name: "level-1", Version: 1, Params: map[string]int{"k": 3}, Inputs: []string{"a"}}
}

// output commits one file of the stage.
func output(t *testing.T, l *Ledger, p *Plan, content string) store.Ref {
	t.Helper()
	dir, err := l.Objects(p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := store.CommitCache(dir, "x", ".txt", func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKey(t *testing.T) {
	key := func(p *Plan) string {
		k, err := p.Key()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	want := key(plan())
	if got := key(plan()); got != want {
		t.Errorf("the same plan: got %s want %s", got, want)
	}
	for name, p := range map[string]*Plan{
		"name":           {Name: "level-2", Version: 1, Params: map[string]int{"k": 3}, Inputs: []string{"a"}},
		"version":        {Name: "level-1", Version: 2, Params: map[string]int{"k": 3}, Inputs: []string{"a"}},
		"params":         {Name: "level-1", Version: 1, Params: map[string]int{"k": 4}, Inputs: []string{"a"}},
		"input":          {Name: "level-1", Version: 1, Params: map[string]int{"k": 3}, Inputs: []string{"b"}},
		"another input":  {Name: "level-1", Version: 1, Params: map[string]int{"k": 3}, Inputs: []string{"a", "b"}},
		"no input":       {Name: "level-1", Version: 1, Params: map[string]int{"k": 3}},
		"inputs, joined": {Name: "level-1", Version: 1, Params: map[string]int{"k": 3}, Inputs: []string{"a,b"}},
	} {
		if key(p) == want {
			t.Errorf("another %s gives the same key", name)
		}
	}
	if a, b := key(&Plan{Inputs: nil}), key(&Plan{Inputs: []string{}}); a != b {
		t.Errorf("no inputs: got %s and %s", a, b)
	}
	if _, err := (&Plan{Name: "x", Params: func() {}}).Key(); err == nil {
		t.Error("parameters that are no JSON: want an error")
	}
}

// TestFinishAndFind in a folder however it is written: Finish keeps the outputs
// and sweeps the rest.
func TestFinishAndFind(t *testing.T) {
	for _, dir := range []string{"work", "./work", "work/", "a/../work"} {
		t.Chdir(t.TempDir())
		l := open(t, dir)
		p := plan()
		if s, err := l.Find(p); s != nil || err != nil {
			t.Fatalf("before: got %v, %v want nothing", s, err)
		}
		kept, stray := output(t, l, p, "kept"), output(t, l, p, "stray")
		if _, err := l.Finish(p, []store.Ref{kept}, "a result", 2*time.Second); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(stray.Path); err == nil {
			t.Errorf("%s: what is no output was kept", dir)
		}
		s, err := l.Find(plan())
		if err != nil || s == nil {
			t.Fatalf("%s: after: got %v, %v want the stage", dir, s, err)
		}
		if len(s.Outputs) != 1 || s.Outputs[0] != kept || string(s.Result) != `"a result"` || s.Seconds != 2 {
			t.Errorf("%s: got %+v", dir, s)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFindWithDamage(t *testing.T) {
	for name, damage := range map[string]func(manifest, output string) error{
		"output missing":  func(_, o string) error { return os.Remove(o) },
		"output short":    func(_, o string) error { return os.Truncate(o, 1) },
		"manifest torn":   func(m, _ string) error { return os.Truncate(m, 20) },
		"manifest empty":  func(m, _ string) error { return os.Truncate(m, 0) },
		"manifest gone":   func(m, _ string) error { return os.Remove(m) },
		"another's in it": func(m, _ string) error { return os.WriteFile(m, []byte(`{"key":"b"}`), 0o600) },
	} {
		l := open(t, t.TempDir())
		p := plan()
		o := output(t, l, p, "content")
		s, err := l.Finish(p, []store.Ref{o}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := damage(l.manifest(s.Key), o.Path); err != nil {
			t.Fatal(err)
		}
		if s, err := l.Find(plan()); s != nil || err != nil {
			t.Errorf("%s: got %v, %v want that the stage is to be done", name, s, err)
		}
	}
}

func TestFindReportsAFaultOfTheStorage(t *testing.T) {
	l := open(t, t.TempDir())
	key, err := plan().Key()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(l.manifest(key), 0o750); err != nil { // a folder in its place cannot be read
		t.Fatal(err)
	}
	if s, err := l.Find(plan()); err == nil {
		t.Errorf("got %v want an error", s)
	}
}

func TestFinishRefusesATornOutput(t *testing.T) {
	l := open(t, t.TempDir())
	p := plan()
	o := output(t, l, p, "content")
	if err := os.WriteFile(o.Path, []byte("c\x00ntent"), 0o600); err != nil { // the same size
		t.Fatal(err)
	}
	_, err := l.Finish(p, []store.Ref{o}, nil, 0)
	if err == nil || !strings.HasPrefix(err.Error(), "stage level-1: "+o.Path+": its content is not what was committed") {
		t.Errorf("got %v", err)
	}
	if s, err := l.Find(plan()); s != nil || err != nil {
		t.Errorf("got %v, %v want that the stage is to be done", s, err)
	}
	if again := output(t, l, p, "content"); again != o { // and doing it again mends it
		t.Errorf("got %+v want %+v", again, o)
	}
	if _, err := l.Finish(p, []store.Ref{o}, nil, 0); err != nil {
		t.Error(err)
	}
}

func TestOpenSweepsTemporaryFiles(t *testing.T) {
	dir := t.TempDir()
	tmp := filepath.Join(dir, ".00.leveler-tmp")
	if err := os.WriteFile(tmp, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if _, err := os.Stat(tmp); err == nil {
		t.Error("a temporary file was left")
	}
}

const ownerFolder = "LEVELER_TEST_OWNER_FOLDER"

// TestOwner is no test: it is the other process of the tests below. It takes the
// folder, says so and waits to be killed.
func TestOwner(t *testing.T) {
	dir := os.Getenv(ownerFolder)
	if dir == "" {
		t.Skip("only as another process")
	}
	if _, err := Open(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	fmt.Println("taken")
	_, _ = io.ReadAll(os.Stdin)
}

// TestOneRunPerFolder: a second run is refused by the pid of the first; once
// that is killed, with SIGKILL, the folder is free at once.
func TestOneRunPerFolder(t *testing.T) {
	dir := t.TempDir()
	owner := exec.Command(os.Args[0], "-test.run=^TestOwner$")
	owner.Env = append(os.Environ(), ownerFolder+"="+dir)
	if _, err := owner.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	taken := make([]byte, len("taken\n"))
	if _, err := io.ReadFull(out, taken); err != nil || string(taken) != "taken\n" {
		t.Fatalf("the owner said %q, %v", taken, err)
	}
	_, err = Open(t.Context(), dir, nil)
	want := fmt.Sprintf("%s: another run works in this folder (pid %d on ", dir, owner.Process.Pid)
	if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v want %s …", err, want)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // it was killed
	open(t, dir)
}

func TestUnwritableFolder(t *testing.T) {
	const dir = "/proc/leveler"
	if _, err := Open(t.Context(), dir, nil); err == nil || !strings.HasPrefix(err.Error(), "work.dir: cannot write to "+dir+": ") {
		t.Errorf("got %v", err)
	}
}
