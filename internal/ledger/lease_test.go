package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"leveler/internal/fakegcs"
	"leveler/internal/store"
)

const driverFolder = "LEVELER_TEST_DRIVER_FOLDER"

// shortLease is long enough that a loaded machine renews it in time.
const shortLease = 3 * time.Second

func shorten(t *testing.T) {
	t.Helper()
	leaseFor = shortLease
	t.Cleanup(func() { leaseFor = time.Minute })
}

// TestDriver is no test: it is the other process of the tests below. It takes the
// folder, and for each line that comes in it publishes a file and says how that
// went.
func TestDriver(t *testing.T) {
	dir := os.Getenv(driverFolder)
	if dir == "" {
		t.Skip("only as another process")
	}
	leaseFor = shortLease
	l, err := Open(t.Context(), dir, nil)
	if err != nil {
		fmt.Println("refused:", err)
		return
	}
	fmt.Println("taken")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if _, err := l.Publish(store.Join(dir, lines.Text()), func(w io.Writer) error { _, err := io.WriteString(w, "by the driver"); return err }); err != nil {
			fmt.Println("failed:", err)
		} else {
			fmt.Println("published")
		}
	}
	if err := l.Close(); err != nil {
		fmt.Println("close:", err)
	}
}

// driver is TestDriver in another process.
type driver struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startDriver(t *testing.T, dir string) *driver {
	t.Helper()
	d := &driver{t: t, cmd: exec.Command(os.Args[0], "-test.run=^TestDriver$")}
	d.cmd.Env = append(os.Environ(), driverFolder+"="+dir)
	in, err := d.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	d.in, d.out = in, bufio.NewReader(out)
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.cmd.Process.Kill(); d.cmd.Wait() })
	return d
}

func (d *driver) says() string {
	d.t.Helper()
	line, err := d.out.ReadString('\n')
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (d *driver) publish(name string) string {
	d.t.Helper()
	if _, err := io.WriteString(d.in, name+"\n"); err != nil {
		d.t.Fatal(err)
	}
	return d.says()
}

const bucketDir = "gs://b/work"

// TestLeaseRefusesASecondDriver, of this machine, by the name of the first; a
// killed one is replaced at once, one that ended left nothing.
func TestLeaseRefusesASecondDriver(t *testing.T) {
	shorten(t)
	s := fakegcs.New(t, "b")
	first := startDriver(t, bucketDir)
	if got := first.says(); got != "taken" {
		t.Fatal(got)
	}
	waited := func(string, time.Duration, time.Duration) { t.Error("waited, though the owner's state is known") }
	_, err := Open(t.Context(), bucketDir, waited)
	if want := fmt.Sprintf("%s: another run works in this folder (pid %d on ", bucketDir, first.cmd.Process.Pid); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v want %s …", err, want)
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.cmd.Wait()
	l, err := Open(t.Context(), bucketDir, waited)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(l.Check(), l.Close()); err != nil {
		t.Error(err)
	}
	if got := s.Objects("gs://b/"); got != nil {
		t.Errorf("left: %q", got)
	}
}

// TestStoppedDriverWritesNothing: with SIGSTOP for longer than its lease, while
// another took the folder, a driver fails at its next ledger write.
func TestStoppedDriverWritesNothing(t *testing.T) {
	shorten(t)
	s := fakegcs.New(t, "b")
	first := startDriver(t, bucketDir)
	if got := first.says(); got != "taken" {
		t.Fatal(got)
	}
	if got := first.publish("a"); got != "published" {
		t.Fatal(got)
	}
	if err := first.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// It is there, as a process, and its lease runs: it may go on any moment.
	if _, err := Open(t.Context(), bucketDir, nil); err == nil {
		t.Fatal("its lease was taken before it ended")
	}
	var l *Ledger
	for l == nil {
		var err error
		if l, err = Open(t.Context(), bucketDir, nil); err != nil {
			if !strings.Contains(err.Error(), "another run works") {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	defer l.Close()
	s.Put(bucketDir+"/a", []byte("by the second"))
	if err := first.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		want := fmt.Sprintf("failed: %s: this run stood still for longer than its lease of 3s, and another took the folder (pid %d on ", bucketDir, os.Getpid())
		if got := first.publish(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got  %s\nwant %s…", name, got, want)
		}
	}
	if got, err := s.Get(bucketDir + "/a"); err != nil || string(got) != "by the second" {
		t.Errorf("got %q, %v", got, err)
	}
	if s.Generation(bucketDir+"/b") != 0 {
		t.Error("the stopped driver published a new file")
	}
	if err := l.Check(); err != nil {
		t.Errorf("the second driver: %v", err)
	}
}

// writeHolder puts a lease of another machine there.
func writeHolder(s *fakegcs.Server, change func(*holder)) {
	h := holder{Token: "x", process: thisProcess(), Since: time.Now(), Lasts: int64(leaseFor / time.Second), Folder: bucketDir}
	h.Host, h.Machine = "elsewhere", "another"
	if change != nil {
		change(&h)
	}
	b, _ := json.Marshal(h) // cannot fail
	s.Put(bucketDir+"/lock", b)
}

// TestLeaseOfAnotherMachine: of which nothing is known but its heartbeat.
func TestLeaseOfAnotherMachine(t *testing.T) {
	shorten(t)
	s := fakegcs.New(t, "b")
	writeHolder(s, nil)
	var mu sync.Mutex
	var waits []time.Duration
	l, err := Open(t.Context(), bucketDir, func(who string, left, whole time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(who, " on elsewhere since ") || left > whole || whole != leaseFor {
			t.Errorf("waiting for %q, %v of %v", who, left, whole)
		}
		waits = append(waits, left)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(waits) < 2 || waits[len(waits)-1] >= waits[0] {
		t.Errorf("a countdown: got %v", waits)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}

	writeHolder(s, nil)
	_, err = Open(t.Context(), bucketDir, func(string, time.Duration, time.Duration) { // it lives
		mu.Lock()
		defer mu.Unlock()
		writeHolder(s, func(h *holder) { h.Beat++ })
	})
	if err == nil || !strings.Contains(err.Error(), "another run works in this folder (pid ") || !strings.Contains(err.Error(), " on elsewhere since ") {
		t.Errorf("got %v", err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	_, err = Open(ctx, bucketDir, func(string, time.Duration, time.Duration) { cancel(interrupted) })
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v", err)
	}
}

// TestLeaseOfAReusedPid: the number lives, the process does not.
func TestLeaseOfAReusedPid(t *testing.T) {
	s := fakegcs.New(t, "b")
	for name, change := range map[string]func(*holder){
		"another start": func(h *holder) { h.process = thisProcess(); h.Started = "1" },
		"no process":    func(h *holder) { h.process = thisProcess(); h.PID = 1 << 30 },
	} {
		writeHolder(s, change)
		l, err := Open(t.Context(), bucketDir, func(string, time.Duration, time.Duration) { t.Errorf("%s: waited", name) })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	writeHolder(s, func(h *holder) { h.process = thisProcess() })
	if _, err := Open(t.Context(), bucketDir, nil); err == nil {
		t.Error("a living process: want a refusal")
	}
}

// TestLeaseLivesThroughFaults of the service, and of one that takes it away.
func TestLeaseLivesThroughFaults(t *testing.T) {
	s := fakegcs.New(t, "b")
	s.Inject(fakegcs.Fault{Every: 2, Status: http.StatusServiceUnavailable, Times: 6})
	s.Inject(fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, Every: 2, LoseAnswer: true})
	l, err := Open(t.Context(), bucketDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	held := l.lock.(*lease)
	for range 4 { // renewed each time, as if it were old
		held.mu.Lock()
		held.renewed = held.renewed.Add(-leaseFor)
		held.mu.Unlock()
		if err := l.Check(); err != nil {
			t.Error(err)
		}
	}
	if err := l.SaveJob(&Job{Name: "j"}); err != nil {
		t.Error(err)
	}
	writeHolder(s, nil)
	held.mu.Lock()
	held.renewed = held.renewed.Add(-leaseFor)
	held.mu.Unlock()
	for range 2 {
		if err := l.SaveJob(&Job{Name: "k"}); err == nil || !strings.Contains(err.Error(), "another took the folder (pid ") {
			t.Errorf("got %v", err)
		}
	}
	if j, err := LastJob(bucketDir); err != nil || j.Name != "j" {
		t.Errorf("got %+v, %v", j, err)
	}
}

// TestFinishInABucket: a stage is found again as on disk.
func TestFinishInABucket(t *testing.T) {
	s := fakegcs.New(t, "b")
	l, err := Open(t.Context(), bucketDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := plan()
	kept, stray := output(t, l, p, "kept"), output(t, l, p, "stray")
	if _, err := l.Finish(p, []store.Ref{kept}, "a result", 0); err != nil {
		t.Fatal(err)
	}
	if s.Generation(stray.Path) != 0 {
		t.Error("what is no output was kept")
	}
	found, err := l.Find(plan())
	if err != nil || found == nil || len(found.Outputs) != 1 || found.Outputs[0] != kept {
		t.Errorf("got %+v, %v", found, err)
	}
	s.Put(kept.Path, []byte("cut"))
	if found, err := l.Find(plan()); found != nil || err != nil {
		t.Errorf("with an output that was replaced: got %+v, %v", found, err)
	}
}
