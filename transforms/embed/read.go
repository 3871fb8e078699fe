package embed

import (
	"bytes"
	"cmp"
	"fmt"
	"sync"

	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/decode"
)

// read takes the records of all segments, in order. Whole files are read many at
// a time and ahead of their turn: on object storage a small one takes longer to
// open than to embed.
func (b *builder) read(segments []decode.Segment) error {
	if !b.fn.Options.OneRowPerFile() {
		for _, seg := range segments {
			if err := b.fn.segment(seg, b.add); err != nil {
				return err
			}
		}
		return nil
	}
	windows := windowsOf(segments)
	var ahead <-chan window
	for i := range windows {
		if i == 0 {
			ahead = b.fn.fetch(windows[0])
		}
		w := <-ahead
		if i+1 < len(windows) {
			ahead = b.fn.fetch(windows[i+1])
		}
		if w.err != nil {
			return w.err
		}
		for j, rec := range w.records {
			if err := b.add(rec, windows[i][j].Row); err != nil {
				return err
			}
		}
	}
	return nil
}

// segment gives the records of a segment with their numbers.
func (f *recordsFn) segment(seg decode.Segment, emit func(r records.Record, number int64) error) error {
	in, err := store.Open(seg.File.Path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	if in.Size() != seg.File.Size {
		return fmt.Errorf("%s: changed since the run began (%d bytes, was %d)", seg.File.Path, in.Size(), seg.File.Size)
	}
	return records.ReadRange(in, seg.File, seg.Range, f.Options, func(rec records.Record) error {
		return emit(rec, seg.Row+rec.Row-seg.Range.First)
	})
}

const (
	windowFiles = 256 // files read ahead at most
	fetchers    = 16  // of them at a time
)

// windowsOf cuts segments of one file each into runs of about batchBytes.
func windowsOf(segments []decode.Segment) [][]decode.Segment {
	var out [][]decode.Segment
	first, size := 0, int64(0)
	for i, seg := range segments {
		if i > first && (size+seg.File.Size > batchBytes || i-first == windowFiles) {
			out = append(out, segments[first:i])
			first, size = i, 0
		}
		size += seg.File.Size
	}
	if first < len(segments) {
		out = append(out, segments[first:])
	}
	return out
}

// window is the records of some files, one each.
type window struct {
	records []records.Record
	err     error
}

// fetch reads files in the background.
func (f *recordsFn) fetch(segments []decode.Segment) <-chan window {
	done := make(chan window, 1) // so that nobody has to take it
	go func() {
		w := window{records: make([]records.Record, len(segments))}
		errs := make([]error, fetchers)
		var wg sync.WaitGroup
		for t := range fetchers {
			wg.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						errs[t] = fmt.Errorf("reading: panic: %v", p)
					}
				}()
				for i := t; i < len(segments) && errs[t] == nil; i += fetchers {
					errs[t] = f.segment(segments[i], func(r records.Record, _ int64) error {
						r.Data = bytes.Clone(r.Data)
						w.records[i] = r
						return nil
					})
				}
			})
		}
		wg.Wait()
		w.err = cmp.Or(errs...)
		done <- w
	}()
	return done
}
