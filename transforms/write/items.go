package write

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"leveler/internal/export"
	"leveler/internal/parallel"
	"leveler/internal/records"
	"leveler/internal/store"
	"leveler/transforms/decode"
)

// errStop ends a walk whose caller has gone.
var errStop = errors.New("write: stop")

// dataFault is a fault of the data, which no retry can mend.
type dataFault struct{ text string }

// Error implements error.
func (e *dataFault) Error() string { return e.text }

func asFault(err error, to **dataFault) bool { return errors.As(err, to) }

func faultf(format string, args ...any) error {
	return &dataFault{fmt.Sprintf(format, args...)}
}

// run is some selected rows of one file.
type run struct {
	segment decode.Segment
	rows    []Row
}

// inFile are the rows' positions in the file.
func (r run) inFile() []int64 {
	out := make([]int64, len(r.rows))
	for i, row := range r.rows {
		out[i] = row.Row - r.segment.Row + r.segment.Range.First
	}
	return out
}

// runs calls see with the selected rows of a block, file by file.
func (f *copyFn) runs(b Block, see func(run) error) error {
	for _, sl := range b.Slices {
		segments, err := sl.Shard.Parts()
		if err != nil {
			return err
		}
		var r run
		flush := func() error {
			if len(r.rows) == 0 {
				return nil
			}
			err := see(r)
			r.rows = r.rows[:0]
			return err
		}
		err = ReadSome(sl.Part, f.Params.Levels, sl.Skip, sl.Take, func(rows []Row) error {
			for _, row := range rows {
				for len(segments) > 0 && row.Row >= segments[0].Row+segments[0].Range.Rows {
					if err := flush(); err != nil {
						return err
					}
					segments = segments[1:]
				}
				if len(segments) == 0 || row.Row < segments[0].Row {
					return fmt.Errorf("internal error: row %d lies in no file; please report it", row.Row)
				}
				r.segment = segments[0]
				r.rows = append(r.rows, row)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return nil
}

// each gives every selected item of a block, in row order, as often as it was
// taken.
func (f *copyFn) each(b Block, emit func(*export.Item) error) error {
	several := func(row Row, it *export.Item) error {
		it.Row = row.export()
		for it.Copy = 0; it.Copy < row.Copies; it.Copy++ {
			if err := emit(it); err != nil {
				return err
			}
		}
		return nil
	}
	if f.Params.Options.OneRowPerFile() {
		return f.eachFile(b, several)
	}
	return f.runs(b, func(r run) error {
		if f.Params.Options.Format == records.FormatParquet {
			return f.eachRow(r, several)
		}
		return f.eachRecord(r, several)
	})
}

// export is what a copy keeps of the row.
func (r Row) export() export.Row {
	json, _ := r.JSON() // strings and numbers always have a form
	return export.Row{
		Number: r.Row, ID: r.ID, Source: r.Source, Levels: r.Levels, Distance: r.Distance, Probability: r.Probability, JSON: json,
	}
}

// ahead is how many whole files are read at a time: on object storage one takes
// longer to open than to copy.
const ahead = 16

// eachFile reads files that are one item each.
func (f *copyFn) eachFile(b Block, emit func(Row, *export.Item) error) error {
	var window []run
	flush := func() error {
		data := make([][]byte, len(window))
		err := parallel.Do(len(window), len(window), func(_, i int) (err error) {
			data[i], err = readWhole(window[i].segment.File)
			return err
		})
		if err != nil {
			return err
		}
		for i, r := range window {
			it := &export.Item{Members: []export.Member{{Ext: itemExt(r.segment.File), Data: data[i]}}}
			if err := f.dress(it, r.rows[0]); err != nil {
				return err
			}
			if err := emit(r.rows[0], it); err != nil {
				return err
			}
		}
		window = window[:0]
		return nil
	}
	err := f.runs(b, func(r run) error {
		r.rows = []Row{r.rows[0]} // the walk's own slice is used again
		if window = append(window, r); len(window) < ahead {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// readWhole reads a file that is one item.
func readWhole(file records.File) ([]byte, error) {
	b, err := store.ReadFile(file.Path)
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != file.Size {
		return nil, faultf("%s: changed since it was embedded (%d bytes, was %d)", file.Path, len(b), file.Size)
	}
	return b, nil
}

// itemExt is the extension of a file that is one item.
func itemExt(file records.File) string {
	ext := strings.TrimPrefix(strings.ToLower(path.Ext(file.Path)), ".")
	if ext == "" {
		return "bin"
	}
	return ext
}

// eachRecord reads rows of a file that has many: lines, or the keys of an archive.
func (f *copyFn) eachRecord(r run, emit func(Row, *export.Item) error) error {
	file := r.segment.File
	in, err := store.Open(file.Path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	if in.Size() != file.Size {
		return faultf("%s: changed since it was embedded (%d bytes, was %d)", file.Path, in.Size(), file.Size)
	}
	rows := r.rows
	return records.ReadItems(in, file, r.segment.Range, r.inFile(), f.Params.Options, func(_ int64, members []records.Member) error {
		row := rows[0]
		rows = rows[1:]
		it := new(export.Item)
		for _, m := range members {
			key, ext := splitName(m.Name)
			it.Key = key
			it.Members = append(it.Members, export.Member{Ext: ext, Data: m.Data})
		}
		if f.Params.Options.Format != records.FormatWebDataset {
			it.Members[0].Ext = "" // of the file, not of the line
			if err := f.dress(it, row); err != nil {
				return err
			}
		}
		return emit(row, it)
	})
}

// splitName cuts a member's name at the first dot of its base name.
func splitName(name string) (key, ext string) {
	dir, base := path.Split(name)
	stem, ext, _ := strings.Cut(base, ".")
	return dir + stem, ext
}

// dress gives an item that comes from no archive what it needs in one: a key, an
// extension and, where its own is not a JSON object, what the selection knows.
func (f *copyFn) dress(it *export.Item, row Row) error {
	it.Key = fmt.Sprintf("%09d", row.Row)
	if f.Params.Options.Format == records.FormatJSONL {
		it.Members[0].Ext = "json"
		return nil
	}
	if it.Members[0].Ext == "" {
		it.Members[0].Ext = "txt"
	}
	if f.Params.Container != ContainerTar {
		return nil
	}
	json, err := row.JSON()
	it.Members = append(it.Members, export.Member{Ext: "json", Data: json})
	return err
}
