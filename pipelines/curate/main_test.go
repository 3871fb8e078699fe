package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leveler/internal/npy"
	"leveler/internal/report"
)

// asCurate in the environment makes the test binary the command itself: there is
// no second binary to link.
const asCurate = "LEVELER_TEST_AS_CURATE"

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// last is the line that is left on the screen.
func (r result) last() string {
	lines := strings.Split(strings.TrimRight(r.stderr, "\n"), "\n")
	return lines[len(lines)-1]
}

// command is curate with arguments, in folder dir.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCurate+"=1")
	return cmd
}

// curate runs the command to its end.
func curate(t *testing.T, dir string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := command(ctx, dir, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// summaryOf reads what a run says of itself.
func summaryOf(t *testing.T, dir string) report.Summary {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "out", "summary.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s report.Summary
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// writeFile writes a file of the test.
func writeFile(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// matrix is a float32 .npy file.
func matrix(t *testing.T, x []float32, dim int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteMatrix(&b, x, dim); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rows are n rows of 4 values: 8 clumps of falling size, from a fixed sequence.
func rows(n int) []float32 {
	const dim = 4
	state := uint64(1)
	next := func() float32 {
		state = state*6364136223846793005 + 1442695040888963407
		return float32(state>>40) / (1 << 24)
	}
	x := make([]float32, 0, n*dim)
	for range n {
		clump := float32(int(8 * math.Pow(float64(next()), 3)))
		for j := range dim {
			x = append(x, clump*float32(j+1)+next())
		}
	}
	return x
}

// rawNPY is an .npy file with any header.
func rawNPY(dict string, data []byte) []byte {
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)))
	return append(append(b, dict...), data...)
}

// leftovers are the files below dir that a failed or finished run must not leave.
func leftovers(t *testing.T, dir string, names ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".leveler-tmp") {
			found = append(found, path)
		}
		for _, n := range names {
			if d.Name() == n {
				found = append(found, path)
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return found
}

// int64s is an int64 .npy file.
func int64s(t *testing.T, v []int64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := npy.WriteInt64s(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
