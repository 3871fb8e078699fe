package records

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"leveler/internal/store"
)

// trailingNumber is what clip-retrieval numbers its shards with.
var trailingNumber = regexp.MustCompile(`_?([0-9]+)$`)

// idTables are where the table with the ids of a file of vectors may lie: under the
// file's own name (DataComp), or as clip-retrieval's metadata_N.parquet beside it
// or in the folder metadata next to its own.
func idTables(p string) []string {
	dir, base := path.Split(p)
	base = strings.TrimSuffix(base, path.Ext(base))
	list := []string{dir + base + ".parquet"}
	if n := trailingNumber.FindStringSubmatch(base); n != nil {
		name := "metadata_" + n[1] + ".parquet"
		list = append(list, dir+name)
		if parent, _ := path.Split(strings.TrimSuffix(dir, "/")); dir != "" {
			list = append(list, parent+"metadata/"+name)
		}
	}
	return list
}

// IDTable is the table with the ids of a file of vectors, where the options ask
// for ids and it is there: what is made of the file depends on it. A storage that
// cannot be asked is an error, for a table that is there then would be left out.
func IDTable(f File, o Options) (table File, ok bool, err error) {
	if o.IDField == "" || o.Format != FormatNPY && o.Format != FormatNPZ {
		return File{}, false, nil
	}
	for _, p := range idTables(f.Path) {
		table, err := single(p)
		if !errors.Is(err, fs.ErrNotExist) {
			return table, err == nil, err
		}
	}
	return File{}, false, nil
}

// single is the file of that name, in which nothing is a wildcard.
func single(p string) (File, error) {
	if store.IsRemote(p) {
		o, err := store.Stat(p)
		if err != nil {
			return File{}, err
		}
		return object(o, ""), nil
	}
	info, err := os.Stat(p)
	if errors.Is(err, syscall.ENOTDIR) || err == nil && !info.Mode().IsRegular() {
		return File{}, fmt.Errorf("%s: %w", p, fs.ErrNotExist) // as a file
	}
	if err != nil {
		return File{}, err
	}
	return File{Path: p, Name: path.Base(p), Size: info.Size(), ModTime: info.ModTime().UnixNano()}, nil
}

// idReader reads the ids of a file of vectors from its table.
type idReader struct {
	file  store.File
	path  string
	t     *table
	o     Options
	group int
	cur   *cursor
	left  int64 // rows of the group
}

// openIDs opens the table of a file and checks that its rows are as many.
func openIDs(f File, o Options, rows, first int64, data bool) (*idReader, error) {
	table, ok, err := IDTable(f, o)
	if err != nil {
		return nil, fmt.Errorf("its ids: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("has no table with ids (id_field) beside it: none of %s is there", strings.Join(idTables(f.Path), ", "))
	}
	in, err := store.Open(table.Path)
	if err != nil {
		return nil, fmt.Errorf("its ids: %w", err)
	}
	r := &idReader{file: in, path: table.Path, o: o}
	r.t, err = openTable(in, Options{IDField: o.IDField, Medium: mediumID, ItemField: o.IDField})
	if err != nil {
		r.close()
		return nil, fmt.Errorf("its ids: %s: %w", r.path, plainly(err))
	}
	if n := r.t.File.NumRows(); n != rows {
		r.close()
		return nil, fmt.Errorf("has %d rows, but the table of its ids, %s, has %d", rows, r.path, n)
	}
	if data {
		err = r.seek(first)
	}
	return r, err
}

// plainly takes from a CorruptError that it is one: a table of ids that cannot be
// read is no fault of a row.
func plainly(err error) error { return fmt.Errorf("%s", err.Error()) } //nolint:perfsprint // it must not be found again

func (r *idReader) close() {
	if r.cur != nil {
		r.cur.close()
	}
	r.file.Close() //nolint:errcheck // only read
}

func (r *idReader) seek(row int64) error {
	groups := r.t.File.RowGroups()
	for r.group < len(groups) && row >= groups[r.group].NumRows() {
		row -= groups[r.group].NumRows()
		r.group++
	}
	if r.group == len(groups) {
		return nil
	}
	if r.cur != nil {
		r.cur.close()
	}
	r.cur = new(cursor)
	err := r.cur.open(r.t, r.group, r.t.id, r.o)
	r.left = groups[r.group].NumRows() - row
	r.group++
	for ; err == nil && row > 0; row-- {
		_, err = r.cur.value()
	}
	return err
}

// next gives a frame the next id.
func (r *idReader) next(fr *frame, o Options) error {
	for r.left == 0 {
		if err := r.seek(0); err != nil {
			return fmt.Errorf("its ids: %s: %w", r.path, plainly(err))
		}
	}
	r.left--
	v, err := r.cur.value()
	if err != nil {
		return fmt.Errorf("its ids: %s: %w", r.path, plainly(err))
	}
	if fr.setID(v, r.cur.column, o); fr.bad != "" {
		fr.text = nil
	}
	return nil
}

// unsigned tells whether a column's integers are.
func unsigned(c *parquet.Column) bool {
	t := c.Type().LogicalType()
	if t == nil {
		return false
	}
	i, ok := t.Value.(*format.IntType)
	return ok && !i.IsSigned
}

// setID gives a frame the id of a table's row.
func (f *frame) setID(v parquet.Value, c *parquet.Column, o Options) {
	switch {
	case v.IsNull():
		f.bad = fmt.Sprintf("column %q is null", o.IDField)
	case v.Kind() == parquet.Int32 && unsigned(c):
		f.id = strconv.FormatUint(uint64(v.Uint32()), 10)
	case v.Kind() == parquet.Int64 && unsigned(c):
		f.id = strconv.FormatUint(v.Uint64(), 10)
	case v.Kind() == parquet.Int32, v.Kind() == parquet.Int64:
		f.id = strconv.FormatInt(v.Int64(), 10)
	case len(v.ByteArray()) == 0:
		f.bad = fmt.Sprintf("column %q is empty", o.IDField)
	default:
		f.id = strings.ToValidUTF8(string(v.ByteArray()), "\ufffd")
	}
}
