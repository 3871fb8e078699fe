package embed

import (
	"bytes"
	"errors"
	"fmt"

	"leveler/internal/parallel"
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
	err = w.read(w.fn.windowsOf(segments))
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

// read reads windows in order, small files many at a time and ahead of their turn:
// a small one takes longer to open than to embed.
func (w *walk) read(windows []window) error {
	var ahead <-chan []fetched
	for i, win := range windows {
		now := ahead
		if ahead = nil; now == nil && win.small {
			now = w.fn.fetch(win.segments)
		}
		if i+1 < len(windows) && windows[i+1].small {
			ahead = w.fn.fetch(windows[i+1].segments)
		}
		var got []fetched
		if win.small {
			got = <-now
		}
		for j, seg := range win.segments {
			if !win.small || got[j].streamed {
				if err := w.fn.segment(seg, w.add); err != nil {
					return err
				}
				continue
			}
			if got[j].err != nil {
				return got[j].err
			}
			for _, rec := range got[j].records {
				if err := w.add(rec, number(seg, rec)); err != nil {
					return err
				}
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
	compressed, err := records.Compressed(in, seg.Range.Mark, f.Options)
	if err != nil {
		return fmt.Errorf("%s: %w", seg.File.Path, err)
	}
	if compressed {
		f.decoders <- struct{}{}
		defer func() { <-f.decoders }()
	}
	return records.ReadRange(in, seg.File, seg.Range, f.Options, func(rec records.Record) error {
		return emit(rec, number(seg, rec))
	})
}

// number is that of a segment's record in the whole input.
func number(seg decode.Segment, rec records.Record) int64 {
	return seg.Row + rec.Row - seg.Range.First
}

const (
	windowFiles = 256      // files read ahead at most
	fetchers    = 16       // of them at a time
	smallFile   = 64 << 10 // a file with many rows that is read ahead has at most so many bytes
	aheadBytes  = 2 * smallFile
	recordBytes = 128 // about what a record takes beside its data
)

// window is some segments in a row: small files, or one that is not.
type window struct {
	segments []decode.Segment
	small    bool
}

// windowsOf cuts segments into windows of about batchBytes.
func (f *recordsFn) windowsOf(segments []decode.Segment) []window {
	single := f.Options.OneRowPerFile()
	var out []window
	var size int64
	for _, seg := range segments {
		small := single || seg.File.Size <= smallFile
		n := len(out)
		if n == 0 || !small || !out[n-1].small || size+seg.File.Size > batchBytes || len(out[n-1].segments) == windowFiles {
			out, size = append(out, window{small: small}), 0
			n++
		}
		out[n-1].segments = append(out[n-1].segments, seg)
		size += seg.File.Size
	}
	return out
}

// fetched is what was read of a segment.
type fetched struct {
	records []records.Record
	// streamed says that it is more than can be kept: it must be read again.
	streamed bool
	err      error
}

// fetch reads segments in the background.
func (f *recordsFn) fetch(segments []decode.Segment) <-chan []fetched {
	done := make(chan []fetched, 1) // so that nobody has to take it
	go func() {
		out := make([]fetched, len(segments))
		_ = parallel.Do(fetchers, len(segments), func(_, i int) error {
			out[i] = f.fetchOne(segments[i])
			return out[i].err // whoever takes them in their order stops there
		})
		done <- out
	}()
	return done
}

// errStreamed ends the reading of a segment that is more than it seemed.
var errStreamed = errors.New("embed: streamed")

func (f *recordsFn) fetchOne(seg decode.Segment) (got fetched) {
	defer func() {
		if p := recover(); p != nil {
			got = fetched{err: fmt.Errorf("%s: panic: %v", seg.File.Path, p)}
		}
	}()
	single, size := f.Options.OneRowPerFile(), 0
	err := f.segment(seg, func(r records.Record, _ int64) error {
		if size += len(r.Data) + recordBytes; size > aheadBytes && !single {
			return errStreamed
		}
		r.Data = bytes.Clone(r.Data)
		got.records = append(got.records, r)
		return nil
	})
	if errors.Is(err, errStreamed) {
		return fetched{streamed: true}
	}
	got.err = err
	return got
}
