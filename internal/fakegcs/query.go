package fakegcs

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// query is what a request asks for.
type query struct {
	op           Op
	bucket, name string
}

// parse tells the kind of a request and its object.
func parse(r *http.Request) query {
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/upload/"); ok {
		q := query{op: Write, name: r.URL.Query().Get("name")}
		if _, after, ok := strings.Cut(rest, "/b/"); ok {
			q.bucket, _, _ = strings.Cut(after, "/")
		}
		if q.name == "" {
			q.name = multipartName(r)
		}
		return q
	}
	rest, ok := strings.CutPrefix(path, "/storage/v1/b/")
	if !ok {
		bucket, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return query{Read, bucket, unescape(name)} // the XML interface
	}
	bucket, name, ofObject := strings.Cut(rest, "/o/")
	if bucket, ok := strings.CutSuffix(rest, "/o"); ok {
		return query{List, bucket, r.URL.Query().Get("prefix")}
	}
	if !ofObject {
		return query{op: Other, bucket: bucket}
	}
	switch {
	case strings.Contains(name, "/rewriteTo/b/"):
		_, to, _ := strings.Cut(name, "/rewriteTo/b/")
		bucket, name, _ = strings.Cut(to, "/o/")
		return query{Copy, bucket, unescape(name)}
	case r.Method == http.MethodDelete:
		return query{Delete, bucket, unescape(name)}
	case r.URL.Query().Get("alt") == "media":
		return query{Read, bucket, unescape(name)}
	}
	return query{Stat, bucket, unescape(name)}
}

func unescape(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// multipartName finds the object's name in the JSON that an upload begins with,
// and puts back what it read of the body.
func multipartName(r *http.Request) string {
	head := make([]byte, 4<<10)
	n, _ := io.ReadFull(r.Body, head)
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(strings.NewReader(string(head[:n])), r.Body), r.Body}
	_, text, ok := strings.Cut(string(head[:n]), "{")
	if !ok {
		return ""
	}
	var meta struct{ Name string }
	_ = json.NewDecoder(strings.NewReader("{" + text)).Decode(&meta) // no name where it is none
	return meta.Name
}

// met tells whether the generation preconditions of a copy, a deletion or a read
// hold; those of an upload the fake knows.
func (s *Server) met(q query, r *http.Request) bool {
	want := r.URL.Query().Get("ifGenerationMatch")
	if want == "" || q.op == Write {
		return true
	}
	n, err := strconv.ParseInt(want, 10, 64)
	return err == nil && n == s.generation(q.bucket, q.name)
}
