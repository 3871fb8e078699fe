package runners

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
)

// Beam's job server forgets its jobs when it is started again, and calls a job
// cancelled that goes on in Flink (seen with 2.70). What Flink's own REST API says
// is what counts.

// flinkJob is a job as Flink lists it.
type flinkJob struct {
	ID    string `json:"jid"`
	Name  string `json:"name"`
	State string `json:"state"`
	Start int64  `json:"start-time"`
}

// ended tells whether the state is a last one.
func (j flinkJob) ended() bool {
	switch j.State {
	case "FINISHED", "FAILED", "CANCELED":
		return true
	}
	return false
}

// status is what a last state means.
func (j flinkJob) status() Status {
	switch j.State {
	case "FINISHED":
		return Done
	case "FAILED":
		return Failed
	case "CANCELED":
		return Cancelled
	}
	return Running
}

// flinkAddress is Flink's REST address without a scheme, as Beam wants it.
func flinkAddress() string {
	return strings.TrimSuffix(strings.TrimPrefix(*flinkMaster, "http://"), "/")
}

// flinkCall asks Flink's REST API and decodes the answer into v, unless that is nil.
func flinkCall(ctx context.Context, method, path string, v any) error {
	ctx, stop := context.WithTimeout(ctx, dialLimit)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+flinkAddress()+path, nil)
	if err != nil {
		return fmt.Errorf("runner.options.flink_master: %q is no address host:port: %w", *flinkMaster, err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("runner.options.flink_master: Flink's REST API does not answer at %s", flinkAddress())
	}
	defer answer.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("flink: %s %s: %w", method, path, err)
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("flink: %s %s: %s: %.200s", method, path, answer.Status, body)
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("runner.options.flink_master: what answers at %s is not Flink: %w", flinkAddress(), err)
	}
	return nil
}

// newestJob returns the newest job of that name, one that has not ended before
// any other; nil where there is none.
func newestJob(ctx context.Context, name string) (*flinkJob, error) {
	var list struct{ Jobs []flinkJob }
	if err := flinkCall(ctx, http.MethodGet, "/jobs/overview", &list); err != nil {
		return nil, err
	}
	var newest *flinkJob
	for i, j := range list.Jobs {
		if j.Name != name {
			continue
		}
		if newest == nil || newest.ended() && !j.ended() || newest.ended() == j.ended() && j.Start > newest.Start {
			newest = &list.Jobs[i]
		}
	}
	return newest, nil
}

// lastException is the error for which Flink last started a part of a job again,
// without the places in Java's code; empty where there was none.
func lastException(ctx context.Context, id string) (string, error) {
	var answer struct {
		ExceptionHistory struct {
			Entries []struct {
				Stacktrace string `json:"stacktrace"`
			} `json:"entries"`
		} `json:"exceptionHistory"`
	}
	if err := flinkCall(ctx, http.MethodGet, "/jobs/"+id+"/exceptions?maxExceptions=1", &answer); err != nil {
		return "", err
	}
	if len(answer.ExceptionHistory.Entries) == 0 {
		return "", nil
	}
	var kept []string
	for line := range strings.Lines(answer.ExceptionHistory.Entries[0].Stacktrace) {
		if !strings.HasPrefix(line, "\t") { // at …, ... 12 more, Suppressed
			kept = append(kept, line)
		}
	}
	return strings.TrimSpace(strings.Join(kept, "")), nil
}

// cancelJob ends the job of that name in Flink, if it has not ended, and tells
// whether there was one to end.
func cancelJob(ctx context.Context, name string) (bool, error) {
	j, err := newestJob(ctx, name)
	if err != nil || j == nil || j.ended() {
		return false, err
	}
	err = flinkCall(ctx, http.MethodPatch, "/jobs/"+j.ID+"?mode=cancel", nil)
	if again, aerr := newestJob(ctx, name); err != nil && aerr == nil && (again == nil || again.ended()) {
		return true, nil // it ended in between
	}
	return true, err
}

// nameOf is the name in a job's id, which ends in _ and something unique.
func nameOf(id string) string {
	if i := strings.LastIndexByte(id, '_'); i >= 0 {
		return id[:i]
	}
	return id
}

// clusterArch is the architecture of the cluster's machines, by its JobManager's;
// amd64 where Flink (before 1.17) does not tell.
func clusterArch(ctx context.Context) string {
	var environment struct {
		JVM struct {
			Arch string `json:"arch"`
		} `json:"jvm"`
	}
	if err := flinkCall(ctx, http.MethodGet, "/jobmanager/environment", &environment); err == nil && environment.JVM.Arch == "aarch64" {
		return "arm64"
	}
	return "amd64"
}

// checkCluster wants a Flink that answers and has room for a job.
func checkCluster(ctx context.Context) error {
	if *flinkMaster == "" {
		return errors.New("runner.options.flink_master: missing; set it to Flink's REST address (host:port): without it a job could not be cancelled")
	}
	var overview struct {
		TaskManagers int `json:"taskmanagers"`
		Slots        int `json:"slots-total"`
	}
	if err := flinkCall(ctx, http.MethodGet, "/overview", &overview); err != nil {
		return err
	}
	if want := max(1, *jobopts.Parallelism); overview.Slots < want {
		return fmt.Errorf("runner.options.parallelism: %d, but the cluster at %s has %d slots on %d TaskManagers", want, flinkAddress(), overview.Slots, overview.TaskManagers)
	}
	return nil
}
