package fakegcs

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// uploads makes parts of an upload that come twice, because an answer was lost,
// count once, as the service does: the fake appends them again.
type uploads struct {
	received map[string]int64
	finished map[string]*httptest.ResponseRecorder
}

// serve answers a part of an upload; next takes it for the first time. It holds
// the lock of all writes.
func (u *uploads) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	id := r.URL.Query().Get("upload_id")
	if id == "" {
		next.ServeHTTP(w, r)
		return
	}
	if done := u.finished[id]; done != nil {
		replay(w, done)
		return
	}
	var first, last int64
	ranged, _ := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/", &first, &last)
	had := u.received[id]
	switch query := strings.HasPrefix(r.Header.Get("Content-Range"), "bytes */*"); {
	case query && r.ContentLength == 0, ranged == 2 && last < had && strings.HasSuffix(r.Header.Get("Content-Range"), "/*"):
		if had > 0 {
			w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", had-1))
		}
		w.Header().Set("X-Http-Status-Code-Override", "308") // as the Go client asks for
		w.WriteHeader(http.StatusOK)
		return
	case ranged == 2 && first < had: // a part of it is here
		if _, err := io.CopyN(io.Discard, r.Body, had-first); err != nil {
			panic(http.ErrAbortHandler)
		}
		rest, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(rest)), int64(len(rest))
	}
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	if ranged == 2 {
		u.received[id] = last + 1
	}
	if answer.Header().Get("X-Http-Status-Code-Override") != "308" {
		u.finished[id] = answer
	}
	replay(w, answer)
}

func replay(w http.ResponseWriter, a *httptest.ResponseRecorder) {
	for k, v := range a.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(a.Code)
	w.Write(a.Body.Bytes()) //nolint:errcheck,gosec // a client that is gone needs no answer
}
