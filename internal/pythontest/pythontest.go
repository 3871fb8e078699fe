// Package pythontest runs Python for tests that compare with its packages, in the
// environment that .ci/python.sh makes. Tests are skipped where it is not.
//
// Only tests import it.
package pythontest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Need returns the interpreter, $LEVELER_PYTHON or that of ~/.cache/leveler-venv. A
// test that finds none, or one without the modules, is skipped.
func Need(tb testing.TB, modules ...string) string {
	tb.Helper()
	path := os.Getenv("LEVELER_PYTHON")
	if home, err := os.UserHomeDir(); path == "" && err == nil {
		path = filepath.Join(home, ".cache", "leveler-venv", "bin", "python")
	}
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("no Python environment: .ci/python.sh makes one (%v)", err)
	}
	for _, module := range modules {
		if out, err := exec.Command(path, "-W", "ignore", "-c", "import "+module).CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			tb.Skipf("no %s here: %s", module, lines[len(lines)-1])
		}
	}
	return path
}

// Run runs a script in a folder, offline. A script that fails fails the test.
func Run(tb testing.TB, interpreter, dir, script string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, "-")
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(script)
	cmd.Env = append(os.Environ(), "HF_HOME="+filepath.Join(dir, ".hf"), "HF_HUB_OFFLINE=1", "HF_DATASETS_OFFLINE=1", "PYTHONWARNINGS=ignore")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		said := out.String()
		tb.Errorf("%v\n%s\n%s", err, script, said[max(0, len(said)-3000):])
	}
}
