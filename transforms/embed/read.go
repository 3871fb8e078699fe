package embed

import (
	"bytes"
	"cmp"
	"fmt"
	"sync"

	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/collect"
	"leveler/transforms/decode"
)

// walk embeds the shards of a group while it reads their records once, in order.
type walk struct {
	fn     *recordsFn
	emit   func(collect.Result)
	shards []step
	b      *builder // of shards[0], unless its part is there already
}

// step is a shard, with its part where an earlier attempt committed it.
type step struct {
	decode.Shard
	part *Part
}

func (w *walk) run() error {
	segments, err := w.segments()
	if err != nil {
		return err
	}
	if w.fn.Options.OneRowPerFile() {
		err = w.files(segments)
	} else {
		for _, seg := range segments {
			if err = w.fn.segment(seg, w.add); err != nil {
				break
			}
		}
	}
	for err == nil && len(w.shards) > 0 {
		err = w.finish()
	}
	return err
}

// segments are those to read: from the first shard that is not committed to the
// last, those of one file in one.
func (w *walk) segments() ([]decode.Segment, error) {
	for len(w.shards) > 0 && w.shards[0].part != nil {
		if err := w.finish(); err != nil {
			return nil, err
		}
	}
	last := len(w.shards)
	for last > 0 && w.shards[last-1].part != nil {
		last--
	}
	var all []decode.Segment
	for _, sh := range w.shards[:last] {
		list, err := sh.Parts()
		if err != nil {
			return nil, err
		}
		for _, seg := range list {
			if n := len(all); n > 0 && all[n-1].File == seg.File {
				all[n-1].Range.Rows += seg.Range.Rows
				continue
			}
			all = append(all, seg)
		}
	}
	return all, nil
}

// add takes the next record.
func (w *walk) add(r records.Record, number int64) error {
	for number >= w.shards[0].Row+w.shards[0].Rows {
		if err := w.finish(); err != nil {
			return err
		}
	}
	if w.shards[0].part != nil {
		return nil
	}
	if w.b == nil {
		w.b = w.fn.build(w.shards[0].Shard)
	}
	return w.b.add(r, number)
}

// finish commits the first shard's part and emits it.
func (w *walk) finish() error {
	sh := w.shards[0]
	if sh.part == nil {
		if w.b == nil {
			w.b = w.fn.build(sh.Shard)
		}
		if err := w.b.commit(); err != nil {
			return err
		}
		sh.part, w.b = w.b.part, nil
		if err := w.fn.parts.commit(sh.part, sh.Index, sh.Row, sh.Rows); err != nil {
			return err
		}
	}
	w.shards = w.shards[1:]
	return emitPart(sh.part, sh.Index, w.emit)
}

// files reads whole files, many at a time and ahead of their turn: on object
// storage a small one takes longer to open than to embed.
func (w *walk) files(segments []decode.Segment) error {
	windows := windowsOf(segments)
	var ahead <-chan window
	for i := range windows {
		if i == 0 {
			ahead = w.fn.fetch(windows[0])
		}
		got := <-ahead
		if i+1 < len(windows) {
			ahead = w.fn.fetch(windows[i+1])
		}
		if got.err != nil {
			return got.err
		}
		for j, rec := range got.records {
			if err := w.add(rec, windows[i][j].Row); err != nil {
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
