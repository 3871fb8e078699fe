package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"
)

// Object is an object of a remote storage.
type Object struct {
	Path       string
	Size       int64
	Generation int64 // another one for every content that its name has had
}

// Stat describes one object of a remote storage.
func Stat(path string) (Object, error) {
	_, attrs, err := gcsStat(path)
	if err != nil {
		return Object{}, err
	}
	return Object{path, attrs.Size, attrs.Generation}, nil
}

// Objects returns the objects of a remote storage whose paths begin with prefix,
// sorted by path: all of them, or those without a further slash.
func Objects(prefix string, deep bool) ([]Object, error) {
	bucket, _, err := splitGCS(prefix)
	if err != nil {
		return nil, err
	}
	delimiter := "/"
	if deep {
		delimiter = ""
	}
	var out []Object
	err = gcsEach(prefix, delimiter, func(a *storage.ObjectAttrs) {
		if a.Prefix == "" && !strings.HasSuffix(a.Name, "/") { // else a folder, or what a console puts there for one
			out = append(out, Object{gcsScheme + "://" + bucket + "/" + a.Name, a.Size, a.Generation})
		}
	})
	slices.SortFunc(out, func(a, b Object) int { return strings.Compare(a.Path, b.Path) })
	return out, err
}

// gcsEach calls see for the objects and folders that begin with a path. A page
// that is a while in coming is asked for again by the client.
func gcsEach(prefix, delimiter string, see func(*storage.ObjectAttrs)) error {
	b, _, err := gcsBucket(prefix)
	if err != nil {
		return err
	}
	_, name, _ := strings.Cut(strings.TrimPrefix(prefix, gcsScheme+"://"), "/") // its last slash counts
	q := &storage.Query{Prefix: name, Delimiter: delimiter}
	if err := q.SetAttrSelection([]string{"Name", "Size", "Generation"}); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for it := b.Objects(ctx, q); ; {
		a, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return gcsError(prefix, err)
		}
		see(a)
	}
}

func (gcs) list(dir string) ([]string, error) {
	prefix := strings.TrimRight(dir, "/") + "/"
	objects, err := Objects(prefix, false)
	names := make([]string, len(objects))
	for i, o := range objects {
		names[i] = strings.TrimPrefix(o.Path, prefix)
	}
	return names, err
}

func (gcs) folders(dir string) ([]string, error) {
	var names []string
	err := gcsEach(strings.TrimRight(dir, "/")+"/", "/", func(a *storage.ObjectAttrs) {
		if a.Prefix != "" {
			p := strings.TrimSuffix(a.Prefix, "/")
			names = append(names, p[strings.LastIndexByte(p, '/')+1:])
		}
	})
	slices.Sort(names)
	return slices.Compact(names), err
}

// probe tries what committing to a folder will do.
func (g gcs) probe(dir string) error {
	r, err := g.commit(dir, ".probe", "", false, func(io.Writer) error { return nil })
	if err != nil {
		return err
	}
	return g.remove(r.Path, nil)
}
