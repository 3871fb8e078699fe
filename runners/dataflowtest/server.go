// Package dataflowtest fakes the Dataflow service for tests: the jobs API
// v1b3 with its token endpoint, on a loopback port.
//
// A [Server] keeps to what the service documents: names are checked, a second
// active job of a name is refused, a cancelled job passes through CANCELLING.
// What a job does is [Options].Run: a test's function, or [Workers].Run, which
// executes the staged graph with the staged worker binary.
package dataflowtest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	df "google.golang.org/api/dataflow/v1b3"
)

// Options configure a Server.
type Options struct {
	// Run does a job's work and says how it ended; the context ends when the job
	// is cancelled. Without it a job runs until it is cancelled.
	Run func(ctx context.Context, job *df.Job) Result
	// Wrap stands between clients and the service, to inject faults.
	Wrap func(service http.Handler) http.Handler
}

// Result is how a job ended.
type Result struct {
	State    string // JOB_STATE_DONE and so on
	Messages []*df.JobMessage
	Metrics  []*df.MetricUpdate
}

// Server is a fake of the service.
type Server struct {
	// URL is the address, with the trailing slash that Beam's client needs.
	URL string

	options Options
	http    *httptest.Server
	ctx     context.Context // ends with the server
	stop    context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	tokens   map[string]bool // the bearer tokens that were handed out
	jobs     []*job
	requests []string
}

// New starts a server.
func New(o Options) *Server {
	s := &Server{options: o, tokens: map[string]bool{}}
	s.ctx, s.stop = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.grant)
	const jobs = "/v1b3/projects/{project}/locations/{region}/jobs"
	for pattern, h := range map[string]func(*http.Request) (any, error){
		"POST " + jobs:                   s.create,
		"GET " + jobs:                    s.list,
		"GET " + jobs + "/{id}":          s.get,
		"PUT " + jobs + "/{id}":          s.update,
		"GET " + jobs + "/{id}/metrics":  s.metrics,
		"GET " + jobs + "/{id}/messages": s.messages,
	} {
		mux.HandleFunc(pattern, s.authorized(h))
	}
	service := http.Handler(mux)
	if o.Wrap != nil {
		service = o.Wrap(service)
	}
	s.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r.Method+" "+r.URL.RequestURI())
		s.mu.Unlock()
		service.ServeHTTP(w, r)
	}))
	s.URL = s.http.URL + "/"
	return s
}

// Close stops the server and every job that still runs.
func (s *Server) Close() {
	s.stop()
	s.running.Wait()
	s.http.Close()
}

// Requests are the requests so far, as "GET /v1b3/projects/…".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.requests...)
}

// authorized lets a request through that carries a token.
func (s *Server) authorized(h func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		known := s.tokens[token]
		s.mu.Unlock()
		var body any
		err := error(fault{http.StatusUnauthorized, "UNAUTHENTICATED", "Request had invalid authentication credentials."})
		if known {
			body, err = h(r)
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		if f, ok := err.(fault); ok { //nolint:errorlint // made here, never wrapped
			w.WriteHeader(f.code)
			body = map[string]any{"error": map[string]any{"code": f.code, "message": f.message, "status": f.status}}
		}
		_ = json.NewEncoder(w).Encode(body)
	}
}

// fault is an error as the service answers it.
type fault struct {
	code            int
	status, message string
}

// Error implements error.
func (f fault) Error() string { return f.message }
