package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/googleapi"
)

// gcs is Cloud Storage: gs://bucket/name. Objects are replaced whole and every
// replacement has a generation, so that nothing is ever seen half-written and
// nothing temporary is left: a commit is an upload that must find no object of
// its name, a publication one that must find the generation it saw before.
type gcs struct{}

var _ backend = gcs{}

const gcsScheme = "gs"

// IsRemote tells whether path is a URL: on a storage that other machines see too.
func IsRemote(path string) bool { return strings.Contains(path, "://") }

// retryFor is for how long a request is repeated, with growing pauses, and
// stallAfter how long it may make no progress. Tests shorten both.
var (
	retryFor   = 2 * time.Minute
	stallAfter = 30 * time.Second
	firstPause = 200 * time.Millisecond
)

// gcsClients holds the process's client: one, unless a test leads it from one
// emulator to the next.
var gcsClients struct {
	sync.Mutex
	by map[string]*storage.Client // by STORAGE_EMULATOR_HOST
}

func gcsClient() (*storage.Client, error) {
	host := os.Getenv("STORAGE_EMULATOR_HOST")
	gcsClients.Lock()
	defer gcsClients.Unlock()
	if c := gcsClients.by[host]; c != nil {
		return c, nil
	}
	c, err := storage.NewClient(context.Background(), storage.WithJSONReads())
	if err != nil {
		return nil, err
	}
	c.SetRetry(
		storage.WithBackoff(gax.Backoff{Initial: firstPause, Max: 10 * time.Second, Multiplier: 2}),
		storage.WithMaxRetryDuration(retryFor),
		// Every request can be repeated: writes and copies carry preconditions, and
		// deleting what is gone is success.
		storage.WithPolicy(storage.RetryAlways),
		storage.WithErrorFunc(storage.ShouldRetry), // of uploads too, which have a narrower one
	)
	if gcsClients.by == nil {
		gcsClients.by = map[string]*storage.Client{}
	}
	gcsClients.by[host] = c
	return c, nil
}

// splitGCS returns the bucket and the name of an object, or of a folder when it
// is followed by a slash.
func splitGCS(path string) (bucket, name string, err error) {
	bucket, name, _ = strings.Cut(strings.TrimPrefix(path, gcsScheme+"://"), "/")
	if bucket == "" {
		return "", "", fmt.Errorf("%s: names no bucket; write gs://bucket/name", path)
	}
	return bucket, strings.TrimRight(name, "/"), nil
}

func gcsBucket(path string) (b *storage.BucketHandle, name string, err error) {
	bucket, name, err := splitGCS(path)
	if err != nil {
		return nil, "", err
	}
	c, err := gcsClient()
	if err != nil {
		return nil, "", gcsError(path, err)
	}
	return c.Bucket(bucket), name, nil
}

func gcsObject(path string) (*storage.ObjectHandle, error) {
	b, name, err := gcsBucket(path)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, fmt.Errorf("%s: is a bucket, need an object in it", path)
	}
	return b.Object(name), nil
}

// gcsContext bounds a request without content, its repetitions included.
func gcsContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), retryFor+stallAfter)
}

// gcsCode is the service's answer in an error, 0 where there was none.
func gcsCode(err error) int {
	var e *googleapi.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// gcsError says in one line what happened to path and what to do about it.
func gcsError(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, gcsFault(path, err))
}

// gcsFault is gcsError without the path, for a reader, whose user names it.
func gcsFault(path string, err error) error {
	said := oneLine(err)
	code := gcsCode(err)
	bucket, _, _ := splitGCS(path)
	switch {
	case noBucket(err):
		return fmt.Errorf("there is no bucket gs://%s; create it (gcloud storage buckets create gs://%s) or mend the name", bucket, bucket)
	case errors.Is(err, storage.ErrObjectNotExist) || code == http.StatusNotFound:
		return fs.ErrNotExist
	case code == http.StatusForbidden || code == http.StatusUnauthorized:
		return fmt.Errorf("access denied (%d: %s); give the account that this runs as the role roles/storage.objectUser on gs://%s", code, said, bucket)
	case strings.Contains(said, "could not find default credentials"):
		return errors.New("no Google Cloud credentials; run \"gcloud auth application-default login\", or set GOOGLE_APPLICATION_CREDENTIALS to a key file")
	case again(err) || code >= 500 || errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("Cloud Storage did not answer rightly for %v (%s); run the same command again to go on", retryFor, said) //nolint:staticcheck // a name
	case code != 0:
		return fmt.Errorf("%d: %s", code, said)
	}
	return err
}

func noBucket(err error) bool {
	return errors.Is(err, storage.ErrBucketNotExist) || gcsCode(err) == http.StatusNotFound && strings.Contains(oneLine(err), "bucket does not exist")
}

// oneLine is what the service said, or the error's own text.
func oneLine(err error) string {
	said := err.Error()
	var e *googleapi.Error
	if errors.As(err, &e) {
		if said = e.Message; said == "" {
			said = http.StatusText(e.Code)
		}
	}
	return strings.Join(strings.Fields(said), " ")
}
