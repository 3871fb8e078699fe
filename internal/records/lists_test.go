package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// cutPages are pages as older writers cut them: wherever one was full.
type cutPages struct {
	parquet.Pages
	left []parquet.Page
}

func (p *cutPages) ReadPage() (parquet.Page, error) {
	if len(p.left) == 0 {
		return nil, io.EOF
	}
	page := p.left[0]
	p.left = p.left[1:]
	return page, nil
}

type cutPage struct {
	parquet.Page
	repetition, definition []byte
	x                      []float32
}

func (p cutPage) RepetitionLevels() []byte       { return p.repetition }
func (p cutPage) DefinitionLevels() []byte       { return p.definition }
func (p cutPage) Dictionary() parquet.Dictionary { return nil }
func (p cutPage) Data() encoding.Values          { return encoding.FloatValues(p.x) }

// TestListsOverPages cuts four lists, of which the second is empty, the third has a
// null and the fourth is too large, into pages at every two places.
func TestListsOverPages(t *testing.T) {
	content := tableOf(t, 1, vectors{ID: "a"})
	src := &tracked{in: strings.NewReader(content)}
	tab, err := openTable(src, Options{Medium: MediumEmbedding, EmbeddingField: "e"})
	if err != nil {
		t.Fatal(err)
	}
	full := byte(tab.item.MaxDefinitionLevel())
	whole := cutPage{
		repetition: []byte{0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1},
		definition: []byte{full, full, full, 0, full, full - 1, full, full, full, full, full, full},
	}
	for i := range whole.definition {
		if whole.definition[i] == full {
			whole.x = append(whole.x, float32(i))
		}
	}
	part := func(from, to int) cutPage {
		before := bytes.Count(whole.definition[:from], []byte{full})
		n := bytes.Count(whole.definition[from:to], []byte{full})
		return cutPage{repetition: whole.repetition[from:to], definition: whole.definition[from:to], x: whole.x[before : before+n]}
	}
	const places = 12
	for i := range places + 1 {
		for j := i; j <= places; j++ {
			l := lists{chunk: chunk{t: tab, column: tab.item, pages: &cutPages{left: []parquet.Page{part(0, i), part(i, j), part(j, places)}}}}
			var got []string
			for {
				b, reason, err := l.vector(nil, Options{MaxRecordBytes: 16})
				if c := (*CorruptError)(nil); errors.As(err, &c) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint(len(b)/4, " ", reason))
			}
			null := "is null or an empty list"
			if tab.item.Optional() {
				null = "has a null in its list"
			}
			want := []string{"3 ", "0 is null or an empty list", "2 " + null, "4 is larger than max_record_bytes (16)"}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("cut at %d and %d: got %q, want %q", i, j, got, want)
			}
		}
	}
	short := part(0, places)
	short.x = short.x[1:]
	l := lists{chunk: chunk{t: tab, column: tab.item, pages: &cutPages{left: []parquet.Page{short}}}}
	if _, _, err := l.vector(nil, Options{MaxRecordBytes: 16}); err == nil || !strings.Contains(err.Error(), "a page of 9 values where 10 should be") {
		t.Errorf("too few values: got %v", err)
	}
}

// TestDamagedLists is TestDamagedParquet for embeddings, plain and of a dictionary.
func TestDamagedLists(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	type coded struct {
		E []float32 `parquet:"e,list,dict"`
	}
	var plain []vectors
	var dict []coded
	for i := range 60 {
		x := make([]float32, 16)
		for j := range x {
			x[j] = r.Float32()
		}
		plain = append(plain, vectors{ID: fmt.Sprint(i), E: x})
		dict = append(dict, coded{x[:4]})
	}
	for name, content := range map[string]string{"plain": tableOf(t, 20, plain...), "dictionary": tableOf(t, 20, dict...)} {
		o := Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "e"}
		if got := all(t, content, File{Path: "t", Name: "t"}, o); len(got) != 60 || got[59].Bad != "" || len(got[59].Data) == 0 {
			t.Fatalf("%s: got %d rows", name, len(got))
		}
		damage(t, content, o, 7)
	}
}
