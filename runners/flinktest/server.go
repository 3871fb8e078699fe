// Package flinktest is a Flink cluster on the loopback that runs nothing: Beam's
// job server, and Flink's REST API beside it, for tests of how jobs are submitted,
// followed and cancelled. What becomes of a job is what a test says.
//
// Only tests import it.
package flinktest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	jobpb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/jobmanagement_v1"
	pipepb "github.com/apache/beam/sdks/v2/go/pkg/beam/model/pipeline_v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

// Job is a job that was submitted.
type Job struct {
	ID, Name string // the job server's id
	Pipeline *pipepb.Pipeline
	Options  *structpb.Struct
	Worker   []byte // what was staged as the worker

	// State is the job server's word, Flink the state that Flink's REST API tells:
	// empty where Flink knows no such job. They start as RUNNING.
	State   jobpb.JobState_Enum
	Flink   string
	Message string // the error among the job's messages
	Again   string // the stack trace for which Flink started a part of it again

	number int
}

// Server is a job server and a Flink.
type Server struct {
	Endpoint string // of the job server, host:port
	REST     string // of Flink's REST API, host:port

	arch            string // of its JVM, in Java's words
	jobs            []*Job
	ended           string        // what Flink's state becomes when a job is cancelled
	asked, askedWhy int           // for a job's state, for its exceptions
	changed         chan struct{} // closed at the next change
	mu              sync.Mutex
	grpc            *grpc.Server
	rest            *httptest.Server
}

// New starts one of two TaskManagers with two slots each.
func New() (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{Endpoint: l.Addr().String(), arch: "amd64", ended: "CANCELED", changed: make(chan struct{})}
	s.grpc = grpc.NewServer()
	jobpb.RegisterJobServiceServer(s.grpc, &jobService{Server: s})
	jobpb.RegisterArtifactStagingServiceServer(s.grpc, &stagingService{Server: s})
	go s.grpc.Serve(l) //nolint:errcheck // ends with Close
	s.rest = httptest.NewServer(http.HandlerFunc(s.serveREST))
	s.REST = strings.TrimPrefix(s.rest.URL, "http://")
	return s, nil
}

// Close ends both.
func (s *Server) Close() {
	s.grpc.Stop()
	s.rest.Close()
}

// CloseREST ends Flink's REST API only.
func (s *Server) CloseREST() { s.rest.Close() }

// Jobs are the jobs that were run so far.
func (s *Server) Jobs() []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Job
	for _, j := range s.jobs {
		if j.State != jobpb.JobState_UNSPECIFIED {
			out = append(out, *j)
		}
	}
	return out
}

// Submitted returns the n-th job (0 is the first) when it has been submitted.
func (s *Server) Submitted(n int) <-chan Job {
	out := make(chan Job, 1)
	go func() {
		for {
			s.mu.Lock()
			changed := s.changed
			s.mu.Unlock()
			if jobs := s.Jobs(); len(jobs) > n {
				out <- jobs[n]
				return
			}
			<-changed
		}
	}()
	return out
}

// SetEnded says what Flink's state becomes when a job is cancelled, CANCELED at
// first; empty: it does not end.
func (s *Server) SetEnded(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = state
}

// AskedWhy counts how often Flink was asked for a job's exceptions.
func (s *Server) AskedWhy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.askedWhy
}

// SetArch sets the architecture that Flink tells, in Java's words.
func (s *Server) SetArch(arch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arch = arch
}

// Asked counts how often the job server was asked for a job's state.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Set changes a job.
func (s *Server) Set(id string, change func(*Job)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		if j.ID == id {
			change(j)
		}
	}
	s.tell()
}

// Forget is the job server's restart: it knows no job any more, and Flink runs on.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.jobs {
		j.ID = ""
	}
}

// tell wakes those who wait for a change; the lock is held.
func (s *Server) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// find returns the job of an id, or of a preparation; the lock is held.
func (s *Server) find(id string) *Job {
	i := slices.IndexFunc(s.jobs, func(j *Job) bool { return id != "" && (j.ID == id || preparation(j) == id) })
	if i < 0 {
		return nil
	}
	return s.jobs[i]
}

func preparation(j *Job) string { return fmt.Sprint(j.Name, "-prepared-", j.number) }

// serveREST answers as Flink 1.19 does what Leveler asks.
func (s *Server) serveREST(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ofJob := strings.CutPrefix(r.URL.Path, "/jobs/flink-")
	switch {
	case r.URL.Path == "/overview":
		answer(w, map[string]any{"taskmanagers": 2, "slots-total": 4})
	case r.URL.Path == "/jobmanager/environment":
		answer(w, map[string]any{"jvm": map[string]string{"version": "OpenJDK 64-Bit Server VM", "arch": s.arch}})
	case r.URL.Path == "/jobs/overview":
		list := []map[string]any{}
		for _, j := range s.jobs {
			if j.Flink != "" {
				list = append(list, map[string]any{"jid": fmt.Sprint("flink-", j.number), "name": j.Name, "state": j.Flink, "start-time": j.number})
			}
		}
		answer(w, map[string]any{"jobs": list})
	case ofJob && r.Method == http.MethodPatch && r.URL.Query().Get("mode") == "cancel":
		for _, j := range s.jobs {
			if fmt.Sprint(j.number) == id && s.ended != "" {
				j.Flink = s.ended
			}
		}
		s.tell()
		w.WriteHeader(http.StatusAccepted)
	case ofJob && strings.HasSuffix(id, "/exceptions"):
		entries := []map[string]any{}
		for _, j := range s.jobs {
			if j.Again != "" && id == fmt.Sprint(j.number, "/exceptions") {
				entries = append(entries, map[string]any{"exceptionName": "java.lang.Exception", "stacktrace": j.Again})
			}
		}
		s.askedWhy++
		answer(w, map[string]any{"exceptionHistory": map[string]any{"entries": entries}})
	default:
		http.NotFound(w, r)
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}
