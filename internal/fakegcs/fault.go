package fakegcs

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Op is a kind of request.
type Op string

// The kinds of requests.
const (
	Read   Op = "read"   // an object's content, or a range of it
	Stat   Op = "stat"   // an object's attributes
	List   Op = "list"   // the objects of a bucket
	Write  Op = "write"  // an upload, or a part of one
	Copy   Op = "copy"   // a rewrite
	Delete Op = "delete" // of an object
	Other  Op = "other"  // of buckets
)

func (op Op) changes() bool { return op == Write || op == Copy || op == Delete }

func contains(ops []Op, op Op) bool { return slices.Contains(ops, op) }

// Fault is what goes wrong with the requests that match. Of several that match,
// the first one that was injected strikes.
type Fault struct {
	Ops    []Op   // none: every kind
	Object string // a part of the object's name, the destination of a copy; "": any. An upload's later parts have no name
	Skip   int    // so many matching requests go well first
	Every  int    // then it strikes the first and each n-th after it; 0: each one
	Times  int    // so often at most; 0: without end

	Status     int             // answer this instead
	Message    string          // of that answer; "": the status's text
	Cut        bool            // break the connection in the middle of the content, either way
	LoseAnswer bool            // do what was asked, then break the connection
	Pause      time.Duration   // wait so long before every 32 KiB of the content sent
	Hold       <-chan struct{} // wait until it is closed, then go on
}

type armed struct {
	Fault
	seen, struck int
}

// Inject makes requests fail from now on.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armed{Fault: f})
}

// Struck returns how many requests met a fault.
func (s *Server) Struck() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		n += f.struck
	}
	return n
}

// meet counts a request and returns its fault, the zero one where there is none.
func (s *Server) meet(q query) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[q.op]++
	s.each[q]++
	for _, f := range s.faults {
		if len(f.Ops) > 0 && !contains(f.Ops, q.op) || !strings.Contains(q.name, f.Object) {
			continue
		}
		n := f.seen - f.Skip
		f.seen++
		if n < 0 || f.Every > 0 && n%f.Every != 0 || f.Times > 0 && f.struck >= f.Times {
			continue
		}
		f.struck++
		return f.Fault
	}
	return Fault{}
}

// answer sends the fake's answer, slowly or in part.
type answer struct {
	http.ResponseWriter
	fault Fault
	read  bool
	sent  int64
}

const slice = 32 << 10

func (a *answer) Write(p []byte) (n int, err error) {
	if a.fault.LoseAnswer {
		return len(p), nil
	}
	if a.fault.Cut {
		half, _ := a.ResponseWriter.Write(p[:len(p)/2])
		if f, ok := a.ResponseWriter.(http.Flusher); ok {
			f.Flush()
		}
		if a.read {
			a.sent += int64(half)
		}
		panic(http.ErrAbortHandler)
	}
	for len(p) > 0 && err == nil {
		part := p
		if a.fault.Pause > 0 {
			part = p[:min(slice, len(p))]
			time.Sleep(a.fault.Pause)
		}
		var m int
		m, err = a.ResponseWriter.Write(part)
		n, p = n+m, p[len(part):]
	}
	if a.read {
		a.sent += int64(n)
	}
	return n, err
}
