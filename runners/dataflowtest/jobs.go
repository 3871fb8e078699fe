package dataflowtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	df "google.golang.org/api/dataflow/v1b3"
)

// job is a job of the service.
type job struct {
	df     *df.Job // as created, with the service's own fields
	result Result
	cancel context.CancelFunc
	asked  bool // to be cancelled
}

// jobName is what the service documents of names.
var jobName = regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`) // of at most 1024 characters

// Jobs are the jobs so far, in the order of their creation.
func (s *Server) Jobs() []*df.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*df.Job
	for _, j := range s.jobs {
		out = append(out, clone(j.df))
	}
	return out
}

func clone(j *df.Job) *df.Job {
	c := *j
	return &c
}

func (s *Server) create(r *http.Request) (any, error) {
	in := new(df.Job)
	if err := json.NewDecoder(r.Body).Decode(in); err != nil {
		return nil, fault{http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid JSON payload received: " + err.Error()}
	}
	if !jobName.MatchString(in.Name) || len(in.Name) > 1024 {
		return nil, fault{http.StatusBadRequest, "INVALID_ARGUMENT", "The job name is invalid: " + in.Name}
	}
	if p := r.PathValue("project"); in.ProjectId != p {
		return nil, fault{http.StatusBadRequest, "INVALID_ARGUMENT", fmt.Sprintf("The project of the job, %q, is not that of the request, %q.", in.ProjectId, p)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.df.Name == in.Name && !terminal(j.df.CurrentState) {
			return nil, fault{http.StatusConflict, "ALREADY_EXISTS", fmt.Sprintf("The workflow could not be created. There is already an active job named %s.", in.Name)}
		}
	}
	now := time.Now().UTC()
	in.Id = fmt.Sprintf("%s-%d", now.Format("2006-01-02_15_04_05"), 1_000_000+len(s.jobs))
	in.CreateTime, in.Location = now.Format(time.RFC3339Nano), r.PathValue("region")
	j := &job{df: in}
	s.jobs = append(s.jobs, j)
	var ctx context.Context
	ctx, j.cancel = context.WithCancel(s.ctx)
	s.enter(j, "JOB_STATE_PENDING")
	asked := clone(in)
	s.running.Go(func() { s.run(ctx, j, asked) })
	return clone(in), nil
}

// enter must be called under the lock.
func (s *Server) enter(j *job, state string) {
	j.df.CurrentState, j.df.CurrentStateTime = state, time.Now().UTC().Format(time.RFC3339Nano)
}

func (s *Server) run(ctx context.Context, j *job, in *df.Job) {
	s.mu.Lock()
	if !j.asked {
		s.enter(j, "JOB_STATE_RUNNING")
	}
	s.mu.Unlock()
	result := Result{State: "JOB_STATE_CANCELLED"}
	if s.options.Run != nil {
		result = s.options.Run(ctx, in)
	} else {
		<-ctx.Done()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.asked {
		result.State = "JOB_STATE_CANCELLED"
	}
	j.result = result
	s.enter(j, result.State)
	j.cancel()
}

// terminal tells whether a state is a job's last.
func terminal(state string) bool {
	switch state {
	case "JOB_STATE_DONE", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_UPDATED", "JOB_STATE_DRAINED":
		return true
	}
	return false
}

// find must be called under the lock.
func (s *Server) find(r *http.Request) (*job, error) {
	id := r.PathValue("id")
	for _, j := range s.jobs {
		if j.df.Id == id && j.df.ProjectId == r.PathValue("project") && j.df.Location == r.PathValue("region") {
			return j, nil
		}
	}
	return nil, fault{http.StatusNotFound, "NOT_FOUND", fmt.Sprintf("Information about job %s could not be found in our system.", id)}
}

func (s *Server) get(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return summary(j, r.FormValue("view") == "JOB_VIEW_ALL"), nil
}

// summary leaves out what the service leaves out of a job unless asked for all.
func summary(j *job, all bool) *df.Job {
	c := clone(j.df)
	if !all {
		c.Environment, c.Steps = nil, nil
	}
	return c
}

// update is how jobs are cancelled.
func (s *Server) update(r *http.Request) (any, error) {
	var in df.Job
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, fault{http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid JSON payload received: " + err.Error()}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(r)
	if err != nil {
		return nil, err
	}
	if in.RequestedState != "JOB_STATE_CANCELLED" {
		return nil, fault{http.StatusBadRequest, "INVALID_ARGUMENT", "A batch job can only be cancelled; got " + in.RequestedState}
	}
	if terminal(j.df.CurrentState) {
		return nil, fault{http.StatusBadRequest, "FAILED_PRECONDITION", fmt.Sprintf("Cannot cancel: the job is already %s.", j.df.CurrentState)}
	}
	j.asked, j.df.RequestedState = true, in.RequestedState
	s.enter(j, "JOB_STATE_CANCELLING")
	j.cancel()
	return summary(j, false), nil
}

// list answers two jobs a page, so that clients have to turn pages.
func (s *Server) list(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*df.Job
	for _, j := range s.jobs {
		name, active := r.FormValue("name"), r.FormValue("filter") == "ACTIVE"
		if j.df.ProjectId == r.PathValue("project") && j.df.Location == r.PathValue("region") &&
			(name == "" || name == j.df.Name) && (!active || !terminal(j.df.CurrentState)) {
			found = append(found, summary(j, false))
		}
	}
	slices.Reverse(found) // the newest first
	page, next, err := paged(found, r.FormValue("pageToken"), 2)
	return &df.ListJobsResponse{Jobs: page, NextPageToken: next}, err
}

// paged is the page of all that a token asks for, and the token of the next.
func paged[T any](all []T, token string, size int) (page []T, next string, err error) {
	from := 0
	if token != "" {
		if from, err = strconv.Atoi(token); err != nil || from > len(all) {
			return nil, "", fault{http.StatusBadRequest, "INVALID_ARGUMENT", "Invalid page token."}
		}
	}
	to := min(from+size, len(all))
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], next, nil
}

func (s *Server) metrics(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(r)
	if err != nil {
		return nil, err
	}
	return &df.JobMetrics{MetricTime: j.df.CurrentStateTime, Metrics: j.result.Metrics}, nil
}

// importances are a message's, the least first.
var importances = map[string]int{
	"JOB_MESSAGE_DEBUG": 1, "JOB_MESSAGE_DETAILED": 2, "JOB_MESSAGE_BASIC": 3, "JOB_MESSAGE_WARNING": 4, "JOB_MESSAGE_ERROR": 5,
}

func (s *Server) messages(r *http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.find(r)
	if err != nil {
		return nil, err
	}
	least := r.FormValue("minimumImportance")
	if _, ok := importances[least]; least != "" && !ok {
		return nil, fault{http.StatusBadRequest, "INVALID_ARGUMENT", fmt.Sprintf("minimumImportance must be one of %v", slices.Sorted(maps.Keys(importances)))}
	}
	var found []*df.JobMessage
	for _, m := range j.result.Messages {
		if importances[m.MessageImportance] >= importances[least] {
			found = append(found, m)
		}
	}
	page, next, err := paged(found, r.FormValue("pageToken"), 2)
	return &df.ListJobMessagesResponse{JobMessages: page, NextPageToken: next}, err
}
