// Package fakegcs is a Cloud Storage service on the loopback for tests:
// fsouza/fake-gcs-server behind a handler that counts requests, holds the
// preconditions that the fake does not know, and injects faults.
//
// Only tests import it.
package fakegcs

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

// EmulatorVar is the environment variable that leads clients here, in this
// process and in those it starts. It switches authentication off.
const EmulatorVar = "STORAGE_EMULATOR_HOST"

// Server is a running service.
type Server struct {
	addr string
	fake *fakestorage.Server
	next http.Handler

	writes  sync.Mutex // held from a write's precondition to its effect
	uploads uploads

	mu     sync.Mutex
	counts map[Op]int
	each   map[query]int
	bytes  int64 // of the objects' content, sent
	faults []*armed
}

// New starts a service with empty buckets for the length of a test and sets
// EmulatorVar to it.
func New(t testing.TB, buckets ...string) *Server {
	t.Helper()
	s, stop, err := Start(buckets...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	t.Setenv(EmulatorVar, s.addr)
	return s
}

// Start starts a service with empty buckets, for those who set EmulatorVar
// themselves; stop ends it.
func Start(buckets ...string) (s *Server, stop func(), err error) {
	// The fake tells its own reads by the Host header, so that the address must
	// be known before it is made.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	addr := l.Addr().String()
	fake, err := fakestorage.NewServerWithOptions(fakestorage.Options{
		NoListener: true, Scheme: "http", PublicHost: addr, ExternalURL: "http://" + addr,
	})
	if err != nil {
		l.Close() //nolint:errcheck,gosec // the error that led here says more
		return nil, nil, err
	}
	for _, b := range buckets {
		fake.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: b})
	}
	s = &Server{addr: addr, fake: fake, next: fake.HTTPHandler(), counts: map[Op]int{}, each: map[query]int{}, uploads: uploads{map[string]int64{}, map[string]*httptest.ResponseRecorder{}}}
	server := &http.Server{Handler: s, ErrorLog: log.New(io.Discard, "", 0)} //nolint:gosec // a slow client is one of the tests
	go server.Serve(l)                                                       //nolint:errcheck // ends with Close
	return s, func() { server.Close(); fake.Stop() }, nil                    //nolint:errcheck,gosec // nothing to be done
}

// Addr is the address, host:port: the value of EmulatorVar.
func (s *Server) Addr() string { return s.addr }

// URL is the base of the service's URLs.
func (s *Server) URL() string { return "http://" + s.addr }

// Put writes an object, gs://bucket/name, past counts and faults.
func (s *Server) Put(url string, content []byte) { s.PutEncoded(url, "", content) }

// PutEncoded is Put with a Content-Encoding.
func (s *Server) PutEncoded(url, encoding string, content []byte) {
	bucket, name := split(url)
	s.writes.Lock()
	defer s.writes.Unlock()
	s.fake.CreateObject(fakestorage.Object{ObjectAttrs: fakestorage.ObjectAttrs{BucketName: bucket, Name: name, ContentEncoding: encoding}, Content: content})
}

// Get returns the content of an object.
func (s *Server) Get(url string) ([]byte, error) {
	o, err := s.fake.GetObject(split(url))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return o.Content, nil
}

// Generation returns the generation of an object, 0 where there is none.
func (s *Server) Generation(url string) int64 { return s.generation(split(url)) }

func (s *Server) generation(bucket, name string) int64 {
	o, err := s.fake.GetObjectStreaming(bucket, name)
	if err != nil {
		return 0
	}
	o.Content.Close() //nolint:errcheck,gosec // only read
	return o.Generation
}

// Objects returns the URLs of the objects that begin with a URL, sorted.
func (s *Server) Objects(prefix string) []string {
	bucket, name := split(prefix)
	objects, _, err := s.fake.ListObjectsWithOptions(bucket, fakestorage.ListOptions{Prefix: name}) //nolint:staticcheck // a test's list needs no pages
	if err != nil {
		return nil
	}
	var urls []string
	for _, o := range objects {
		urls = append(urls, "gs://"+bucket+"/"+o.Name)
	}
	sort.Strings(urls)
	return urls
}

func split(url string) (bucket, name string) {
	bucket, name, _ = strings.Cut(strings.TrimPrefix(url, "gs://"), "/")
	return bucket, name
}

// Count returns how many requests of the given kinds have come, of all kinds
// where none is given. Those that met a fault are among them.
func (s *Server) Count(ops ...Op) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for op, c := range s.counts {
		if len(ops) == 0 || contains(ops, op) {
			n += c
		}
	}
	return n
}

// CountOf returns how many requests of a kind have come for an object, by its name
// in its bucket.
func (s *Server) CountOf(op Op, name string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for q, c := range s.each {
		if q.op == op && q.name == name {
			n += c
		}
	}
	return n
}

// BytesRead returns how many bytes of objects' content were sent.
func (s *Server) BytesRead() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// Reset sets the counts to zero and takes all faults away.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts, s.each, s.bytes, s.faults = map[Op]int{}, map[query]int{}, 0, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := parse(r)
	f := s.meet(q)
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case f.Status != 0:
		io.Copy(io.Discard, r.Body) //nolint:errcheck,gosec // a client that is gone needs no answer
		refuse(w, f.Status, f.Message)
		return
	case f.Cut && q.op == Write:
		io.CopyN(io.Discard, r.Body, max(1, r.ContentLength/2)) //nolint:errcheck,gosec // cut anyway
		panic(http.ErrAbortHandler)
	}
	if q.op.changes() {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client is gone: nothing is written
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		s.writes.Lock()
		defer s.writes.Unlock()
	}
	if q.op != Other {
		if _, err := s.fake.Backend().GetBucket(q.bucket); err != nil { // of which the fake says nothing, or 500
			refuse(w, http.StatusNotFound, "The specified bucket does not exist.")
			return
		}
	}
	if !s.met(q, r) {
		refuse(w, http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold.")
		return
	}
	out := &answer{ResponseWriter: w, fault: f, read: q.op == Read}
	defer func() { // also when the connection is cut
		s.mu.Lock()
		defer s.mu.Unlock()
		s.bytes += out.sent
	}()
	if q.op == Write {
		s.uploads.serve(out, r, s.next)
	} else {
		s.next.ServeHTTP(out, r)
	}
	if f.LoseAnswer {
		panic(http.ErrAbortHandler)
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	if message == "" {
		message = http.StatusText(status)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"code":%d,"message":%q}}`, status, message)
}
