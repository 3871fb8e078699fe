package runners

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/util/hooks"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"golang.org/x/sys/unix"
)

// Every job of Beam's takes the worker's program along, 100 MB that go to the
// job server and from there to each TaskManager: most of what a job costs (in
// docs/flink.md). Where work.dir is a folder that all see, the program is put into
// it once, and a job takes a script along that starts it.

// sharedFolder is the folder in work.dir for the program and for the token by
// which a worker tells that it sees the same folder.
type sharedFolder struct {
	dir  string // absolute; empty where work.dir is no local folder
	sees bool   // a job has ended well, so workers see it

	start string // what jobs take along once workers see it
}

// share makes the folder and lets all workers look for its token.
func share(work string) (sharedFolder, error) {
	if strings.Contains(work, "://") {
		return sharedFolder{}, nil
	}
	dir, err := filepath.Abs(filepath.Join(work, "worker"))
	if err != nil {
		return sharedFolder{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return sharedFolder{}, fmt.Errorf("work.dir: %w", err)
	}
	// What a driver was writing when it was killed.
	if err := removeNamed(dir, func(name string) bool { return strings.HasSuffix(name, temporarySuffix) }); err != nil {
		return sharedFolder{}, fmt.Errorf("work.dir: %w", err)
	}
	path := filepath.Join(dir, "token")
	token, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		token = []byte(rand.Text())
		err = putFile(path, 0o644, func(w io.Writer) error { _, err := w.Write(token); return err })
	}
	if err != nil {
		return sharedFolder{}, fmt.Errorf("work.dir: %w", err)
	}
	return sharedFolder{dir: dir}, hooks.EnableHook(tokenHook, path, string(token))
}

const tokenHook = "leveler_token"

func init() {
	hooks.RegisterHook(tokenHook, func(args []string) hooks.Hook {
		return failing(func() string { return unseen(args) })
	})
}

// unseen says why a worker does not see the driver's folder; empty when it does.
func unseen(args []string) string {
	if len(args) != 2 {
		return ""
	}
	token, err := os.ReadFile(args[0])
	if err == nil && string(token) == args[1] {
		return ""
	}
	host, _ := os.Hostname()
	work := filepath.Dir(filepath.Dir(args[0]))
	why := "there is another folder of that name"
	if err != nil {
		why = errors.Unwrap(err).Error()
	}
	return fmt.Sprintf("work.dir: the worker on %s does not see the driver's %s (%s); mount the same storage there under the same name, or use gs://", host, work, why)
}

// program returns what a job takes along as its worker: the script, once workers
// are known to see the folder, and the program itself before that.
func (s *sharedFolder) program() (string, error) {
	binary := *jobopts.WorkerBinary
	if s.dir == "" || !s.sees || !strings.EqualFold(*jobopts.EnvironmentType, "PROCESS") {
		return binary, nil
	}
	if s.start != "" {
		return s.start, nil
	}
	sum, err := fileDigest(binary)
	if err != nil {
		return "", fmt.Errorf("runner.options.worker_binary: %w", err)
	}
	program := filepath.Join(s.dir, sum)
	script := program + scriptSuffix
	if _, err := os.Stat(script); err == nil && runnable(program) {
		s.start = script
		return script, nil
	}
	// No other job works on the folder: what other versions left is of no use.
	if err := removeNamed(s.dir, func(name string) bool { return len(name) >= len(sum) }); err != nil {
		return "", fmt.Errorf("work.dir: %w", err)
	}
	if err := putFile(program, 0o755, func(w io.Writer) error { return copyFile(w, binary) }); err != nil {
		return "", fmt.Errorf("work.dir: %w", err)
	}
	if !runnable(program) { // a folder mounted with noexec
		s.start = binary
		return binary, nil
	}
	text := startScript(program)
	if err := putFile(script, 0o755, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		return "", fmt.Errorf("work.dir: %w", err)
	}
	s.start = script
	return script, nil
}

const scriptSuffix = ".sh"

func runnable(program string) bool { return unix.Access(program, unix.X_OK) == nil }

// WorkerParent is the variable in a worker's environment that holds the id of the
// process that started it. A program of 100 MB on a network's disk takes its time to
// start, and may find its parent gone; a script is there at once.
const WorkerParent = "LEVELER_WORKER_PARENT"

// startScript is the shell script that starts a program with its own arguments.
func startScript(program string) string {
	// Beam's boot copies what it starts to /tmp/bin*, and leaves it.
	return `#!/bin/sh
case $0 in /tmp/bin*/worker) rm -rf "${0%/*}";; esac
p=` + quoted(program) + `
if [ ! -x "$p" ]; then
  printf '%s\n' "work.dir: the worker on $(hostname) does not see the driver's $p, or may not run it; mount the same storage there under the same name, or use gs://" >&2
  exit 1
fi
` + WorkerParent + `=$PPID exec "$p" "$@"
`
}

// removeNamed removes the files of a folder that have such a name. It is no glob:
// the folder's own name may hold what a pattern gives a meaning.
func removeNamed(dir string, is func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if is(e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// quoted is a word of a shell script.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func fileDigest(path string) (string, error) {
	h := sha256.New()
	if err := copyFile(h, path); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func copyFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	_, err = io.Copy(w, f)
	return err
}

// temporarySuffix ends the names of files that are being written (internal/store).
const temporarySuffix = ".leveler-tmp"

// putFile writes a file that appears when it is whole.
func putFile(path string, mode os.FileMode, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".*"+temporarySuffix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
