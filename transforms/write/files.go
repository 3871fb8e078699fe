package write

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"sync"

	"leveler/internal/records"
	"leveler/internal/store"
)

// files gives each selected file a name below Out, as often as it was taken: a
// hard link where that is possible, a copy elsewhere.
func (f *copyFn) files(b Block, c *Copied) error {
	var wg sync.WaitGroup
	limit := make(chan struct{}, ahead)
	var mu sync.Mutex
	var first error
	err := f.runs(b, func(r run) error {
		file, row := r.segment.File, r.rows[0]
		c.Items += row.Copies
		c.Bytes += row.Copies * file.Size
		limit <- struct{}{}
		wg.Go(func() {
			err := fmt.Errorf("%s: panic", file.Path)
			defer func() {
				<-limit
				mu.Lock()
				if first == nil {
					first = err
				}
				mu.Unlock()
			}()
			for n := range row.Copies {
				if err = f.place(file.Path, file.Size, f.fileName(row, n)); err != nil {
					return
				}
			}
			err = nil
		})
		mu.Lock()
		defer mu.Unlock()
		return first
	})
	wg.Wait()
	if err == nil {
		err = first
	}
	return err
}

// fileName is the item's id as a path; where names may repeat, with its row, and
// the copy from the second on, before the extension.
func (f *copyFn) fileName(r Row, n int64) string {
	name := records.SafeName(r.ID)
	ext := path.Ext(name)
	if ext == "" || name != r.ID { // an id that was cut has lost its own
		if own := path.Ext(r.ID); safeExt.MatchString(own) {
			ext = own
		}
	}
	number := fmt.Sprintf("-%d", r.Row)
	switch {
	case name != r.ID || strings.HasPrefix(name, renamed):
		name, number = renamed+ext, number[1:]
	case !f.Params.Number:
		return name
	}
	if n > 0 {
		number += fmt.Sprintf(".%d", n+1)
	}
	return strings.TrimSuffix(name, ext) + number + ext
}

// safeExt is an extension that may stay whatever became of the name before it.
var safeExt = regexp.MustCompile(`^\.[A-Za-z0-9]{1,10}$`)

// renamed is the folder of files whose ids are no safe paths: there, alone, rows
// are their names.
const renamed = "_renamed/"

func (f *copyFn) place(from string, size int64, name string) error {
	to := store.Join(f.Params.Out, name)
	if linked, err := store.Link(from, to); linked || err != nil {
		return err
	}
	in, err := store.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	if in.Size() != size {
		return faultf("%s: changed since it was embedded (%d bytes, was %d)", from, in.Size(), size)
	}
	_, err = store.Publish(to, nil, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(in, 0, size))
		return err
	})
	return err
}
