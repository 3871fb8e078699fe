package runners

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/gcpopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/dataflow/dataflowlib"
	"golang.org/x/oauth2"
	df "google.golang.org/api/dataflow/v1b3"
	"google.golang.org/api/googleapi"
)

// service is Dataflow's API, opened once.
type service struct {
	mu   sync.Mutex
	open *df.Service
}

// client opens the API with the default credentials, at -dataflow_endpoint if
// that is set.
func (s *service) client(ctx context.Context) (*df.Service, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil {
		return s.open, nil
	}
	// The client keeps its context for the tokens to come.
	open, err := dataflowlib.NewClient(context.WithoutCancel(ctx), endpoint())
	if err != nil {
		return nil, noCredentials(err)
	}
	s.open = open
	return open, nil
}

func noCredentials(err error) error {
	return &oneLine{"dataflow: no Google Cloud credentials; run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file", err}
}

// endpoint is where the API is asked for; empty means the service's own place.
// The client joins paths to it as they are, so it must end in a slash.
func endpoint() string {
	at := option("dataflow_endpoint")
	if at != "" && !strings.HasSuffix(at, "/") {
		at += "/"
		setOption("dataflow_endpoint", at)
	}
	return at
}

// place is where jobs run.
type place struct{ project, region string }

// here is the configured place, as Beam resolves it.
func here(ctx context.Context) place {
	return place{gcpopts.GetProjectFromFlagOrEnvironment(ctx), gcpopts.GetRegion(ctx)}
}

// job is the full name of a job, by which it is found whatever the
// configuration says later.
func (p place) job(id string) string {
	return fmt.Sprintf("projects/%s/locations/%s/jobs/%s", p.project, p.region, id)
}

func parseJob(name string) (at place, id string) {
	// projects/P/locations/R/jobs/ID
	parts := strings.Split(name, "/")
	if len(parts) != 6 {
		return place{}, name
	}
	return place{parts[1], parts[3]}, parts[5]
}

// oneLine is an error told in one line; the service's own words are what it
// wraps.
type oneLine struct {
	text string
	err  error
}

// Error implements error.
func (e *oneLine) Error() string { return e.text }

// Unwrap returns the service's error.
func (e *oneLine) Unwrap() error { return e.err }

// explain tells a service's error in one line, with what to do about it.
func explain(doing string, err error) error {
	if r := (*oauth2.RetrieveError)(nil); errors.As(err, &r) {
		return &oneLine{fmt.Sprintf("dataflow: the Google Cloud credentials are refused: %s; run gcloud auth application-default login", flat(refusal(r))), err}
	}
	var e *googleapi.Error
	if !errors.As(err, &e) {
		return &oneLine{fmt.Sprintf("dataflow: %s: %s", doing, flat(err.Error())), err}
	}
	hint := ""
	switch e.Code {
	case http.StatusUnauthorized:
		hint = "; run gcloud auth application-default login"
	case http.StatusForbidden:
		hint = "; see docs/dataflow.md for the APIs to enable and the roles to grant"
	case http.StatusNotFound:
		hint = "; is runner.options.project or runner.options.region mistyped?"
	case http.StatusTooManyRequests:
		hint = "; a quota is used up: wait, or ask for a larger one"
	}
	text := cmp.Or(e.Message, http.StatusText(e.Code))
	return &oneLine{fmt.Sprintf("dataflow: %s: %s (HTTP %d)%s", doing, flat(text), e.Code, hint), err}
}

// refusal is what a token endpoint says.
func refusal(r *oauth2.RetrieveError) string {
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(r.Body, &body) // then the body is the text
	return cmp.Or(body.Description, body.Error, string(r.Body))
}

// flat makes one line of a text.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }
