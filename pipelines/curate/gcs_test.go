package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leveler/internal/fakegcs"
	"leveler/internal/report"
)

// bucketRun runs curate with everything in the bucket, however long it takes.
func bucketRun(t *testing.T, settings []string) result {
	t.Helper()
	cmd := command(t.Context(), t.TempDir(), append([]string{"run"}, sets(settings...)...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// inBucket are the settings for input, work and output in gs://bkt.
func inBucket(settings ...string) []string {
	return append([]string{"input.path=gs://bkt/in/x-*.npy", "work.dir=gs://bkt/work", "output.dir=gs://bkt/out"}, settings...)
}

func bucketSummary(t *testing.T, s *fakegcs.Server) (sum report.Summary) {
	t.Helper()
	b, err := s.Get("gs://bkt/out/summary.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// samePublicFiles compares what users read: the lists and the clusters of each
// row.
func samePublicFiles(t *testing.T, s *fakegcs.Server, local string) {
	t.Helper()
	compared := 0
	for _, pattern := range []string{"out/indices.npy", "out/selection.parquet", "work/level-*/*.npy", "work/level-*/*/*.npy"} {
		paths, err := filepath.Glob(filepath.Join(local, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			name, err := filepath.Rel(local, path)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := s.Get("gs://bkt/" + filepath.ToSlash(name)); err != nil || !bytes.Equal(got, want) && !strings.HasSuffix(name, ".parquet") {
				t.Errorf("%s: %d bytes in the bucket, %d on disk, %v", name, len(got), len(want), err)
			}
			compared++
		}
	}
	if compared < 8 {
		t.Errorf("compared only %d files", compared)
	}
}

// nothingElse looks for what a run must not leave.
func nothingElse(t *testing.T, s *fakegcs.Server, temporary string) {
	t.Helper()
	for _, o := range s.Objects("gs://bkt/") {
		if strings.Contains(o, ".probe") || strings.Contains(o, ".clock") || strings.HasSuffix(o, "/lock") || strings.HasSuffix(o, ".leveler-tmp") {
			t.Errorf("left in the bucket: %s", o)
		}
	}
	found, err := os.ReadDir(temporary)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		if strings.HasPrefix(e.Name(), "beamloopbackworker") {
			continue // prism's, one a job
		}
		t.Errorf("left in the folder for temporary files: %s", e.Name())
	}
}

// storm are faults of every kind, now and then.
func storm(s *fakegcs.Server) {
	reads, writes := []fakegcs.Op{fakegcs.Read}, []fakegcs.Op{fakegcs.Write}
	s.Inject(fakegcs.Fault{Every: 41, Skip: 5, Status: http.StatusServiceUnavailable})
	s.Inject(fakegcs.Fault{Every: 53, Skip: 9, LoseAnswer: true})
	s.Inject(fakegcs.Fault{Ops: reads, Every: 11, Cut: true})
	s.Inject(fakegcs.Fault{Ops: writes, Every: 13, Cut: true})
	s.Inject(fakegcs.Fault{Ops: reads, Every: 7, Pause: time.Millisecond})
}

// TestBucketLikeDisk: input, work and output in a bucket, with faults, give the
// same bytes as on disk, on both local engines.
func TestBucketLikeDisk(t *testing.T) {
	settings := []string{
		"distance=cosine", "sample.target_size=300", "resources.shard_rows=700", "resources.fit_in_worker_bytes=0",
		"levels=[{n_clusters: 60, n_iters: 6, n_resampling_steps: 2, sample_size: 9}, {n_clusters: 10, n_iters: 5}]",
	}
	local := t.TempDir()
	for i := range 2 {
		writeFile(t, filepath.Join(local, fmt.Sprintf("x-%d.npy", i)), matrix(t, rows(2000+i), 4))
	}
	if r := curate(t, local, append([]string{"run"}, sets(append(settings, "input.path=x-*.npy")...)...)...); r.code != 0 {
		t.Fatalf("on disk: exit code %d: %s", r.code, r.stderr)
	}
	want := summaryOf(t, local).Digests
	for _, runner := range []string{"direct", "prism"} {
		t.Run(runner, func(t *testing.T) {
			s := fakegcs.New(t, "bkt")
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			for i := range 2 {
				s.Put(fmt.Sprintf("gs://bkt/in/x-%d.npy", i), matrix(t, rows(2000+i), 4))
			}
			storm(s)
			if r := bucketRun(t, inBucket(append(settings, "runner.name="+runner)...)); r.code != 0 {
				t.Fatalf("exit code %d: %s", r.code, r.stderr)
			}
			if got := bucketSummary(t, s).Digests; !equalDigests(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			samePublicFiles(t, s, local)
			t.Logf("%d requests, %d met a fault", s.Count(), s.Struck())
			if s.Struck() < 10 {
				t.Errorf("only %d faults struck", s.Struck())
			}
			before := s.Count(fakegcs.Write)
			if r := bucketRun(t, inBucket(append(settings, "runner.name="+runner)...)); r.code != 0 || !strings.Contains(r.stderr, "already done") {
				t.Errorf("again: exit code %d: %s", r.code, r.stderr)
			}
			t.Logf("to find it done took %d writes", s.Count(fakegcs.Write)-before)
			nothingElse(t, s, temporary)
		})
	}
}

// TestBucketKill kills runs over a bucket with faults; each goes on at once, for
// the lease of a dead process of this machine holds nobody up.
func TestBucketKill(t *testing.T) {
	settings := []string{
		"sample.target_size=300", "resources.shard_rows=1100",
		"levels=[{n_clusters: 80, n_iters: 8, n_resampling_steps: 2, sample_size: 9}, {n_clusters: 10, n_iters: 5}]",
	}
	local := t.TempDir()
	x := matrix(t, rows(5000), 4)
	writeFile(t, filepath.Join(local, "x-0.npy"), x)
	if r := curate(t, local, append([]string{"run"}, sets(append(settings, "input.path=x-*.npy")...)...)...); r.code != 0 {
		t.Fatalf("on disk: exit code %d: %s", r.code, r.stderr)
	}
	for name, streaming := range map[string]string{"in worker": "resources.fit_in_worker_bytes=64MiB", "streaming": "resources.fit_in_worker_bytes=0"} {
		t.Run(name, func(t *testing.T) {
			s := fakegcs.New(t, "bkt")
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			s.Put("gs://bkt/in/x-0.npy", x)
			storm(s)
			all := inBucket(append(settings, streaming)...)
			random := rand.New(rand.NewPCG(3, 5))
			for range 4 {
				cmd := command(t.Context(), t.TempDir(), append([]string{"run"}, sets(all...)...)...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				go func() { ended <- cmd.Wait() }()
				// After so many requests rather than after a time: any machine gets somewhere.
				for until := s.Count() + 20 + random.IntN(120); s.Count() < until && len(ended) == 0; {
					time.Sleep(time.Millisecond)
				}
				_ = cmd.Process.Kill()
				if <-ended; cmd.ProcessState.ExitCode() > 0 { // it was not killed
					t.Errorf("exit code %d: %s", cmd.ProcessState.ExitCode(), stderr.String())
				}
			}
			if r := bucketRun(t, all); r.code != 0 {
				t.Fatalf("after the kills: exit code %d: %s", r.code, r.stderr)
			}
			if got, want := bucketSummary(t, s).Digests, summaryOf(t, local).Digests; !equalDigests(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			samePublicFiles(t, s, local)
			nothingElse(t, s, temporary)
		})
	}
}

// TestBucketFaultsOfTheUser: one line that says what to do.
func TestBucketFaultsOfTheUser(t *testing.T) {
	s := fakegcs.New(t, "bkt")
	s.Put("gs://bkt/in/x-0.npy", matrix(t, rows(50), 4))
	small := []string{"sample.target_size=5", "levels=[{n_clusters: 3}]"}
	for name, c := range map[string]struct {
		settings []string
		fault    fakegcs.Fault
		want     string
	}{
		"no bucket for the work":   {[]string{"work.dir=gs://none/w"}, fakegcs.Fault{Skip: 1 << 30}, "there is no bucket gs://none; create it"},
		"no bucket for the output": {[]string{"output.dir=gs://none/o"}, fakegcs.Fault{Skip: 1 << 30}, "output.dir: cannot write to gs://none/o"},
		"no input":                 {[]string{"input.path=gs://bkt/in/y-*.npy"}, fakegcs.Fault{Skip: 1 << 30}, `input.path: no file matches "gs://bkt/in/y-*.npy"`},
		"read only":                {nil, fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Write}, Status: 403, Message: "no storage.objects.create"}, "access denied (403: no storage.objects.create); give the account that this runs as the role roles/storage.objectUser on gs://bkt"},
		"no reading":               {nil, fakegcs.Fault{Ops: []fakegcs.Op{fakegcs.Read}, Object: "in/x", Status: 403, Message: "no storage.objects.get"}, "gs://bkt/in/x-0.npy: access denied (403: "},
	} {
		s.Reset()
		s.Inject(c.fault)
		r := bucketRun(t, inBucket(append(small, c.settings...)...))
		if r.code == 0 || !strings.Contains(r.last(), c.want) || strings.Count(r.last(), "gs://") == 0 {
			t.Errorf("%s: exit code %d: %s", name, r.code, r.stderr)
		}
	}
}

// TestReadCacheSavesRequests in the iterations after the first, and changes no
// byte.
func TestReadCacheSavesRequests(t *testing.T) {
	settings := []string{
		"sample.target_size=100", "resources.shard_rows=500", "resources.fit_in_worker_bytes=0", "levels=[{n_clusters: 50, n_iters: 12}]",
	}
	var reads []int
	var sent []int64
	var digests []report.Digests
	for _, size := range []string{"0", "4GiB"} {
		s := fakegcs.New(t, "bkt")
		temporary := t.TempDir()
		t.Setenv("TMPDIR", temporary)
		s.Put("gs://bkt/in/x-0.npy", matrix(t, rows(6000), 4))
		if r := bucketRun(t, inBucket(append(settings, "resources.read_cache_bytes="+size)...)); r.code != 0 {
			t.Fatalf("exit code %d: %s", r.code, r.stderr)
		}
		reads, sent = append(reads, s.CountOf(fakegcs.Read, "in/x-0.npy")), append(sent, s.BytesRead())
		digests = append(digests, bucketSummary(t, s).Digests)
		nothingElse(t, s, temporary)
	}
	t.Logf("requests for the shards' content: %d without the cache, %d with it; bytes of all content: %d and %d", reads[0], reads[1], sent[0], sent[1])
	const shards = 12
	if passes := reads[0] / shards; passes < 10 || reads[1] > 2*shards {
		t.Errorf("got %d requests without the cache and %d with it", reads[0], reads[1])
	}
	if !equalDigests(digests[0], digests[1]) {
		t.Errorf("got %+v and %+v", digests[0], digests[1])
	}
}
