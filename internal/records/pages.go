package records

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// freePage is what any page may expand to.
	freePage = 64 << 20
	// maxPageValues is far above what writers put into a page, and bounds what a
	// run of equal values in a few bytes expands to.
	maxPageValues = 1 << 24
	// longestHeader bounds the header of a page, in which some writers repeat the
	// least and the greatest value however long they are.
	longestHeader = 16 << 20
)

// checkPages reads the page headers of a column chunk before its pages are: the
// library allocates what a header asks for, up to 2 GiB a page. LZ4 it decompresses
// into memory that it then drops, and a damaged page into ever more of it.
func checkPages(src *tracked, m *format.ColumnMetaData, o Options) error {
	if c := m.Codec; c == format.Lz4Raw || c == format.Lz4 {
		return &CorruptError{Reason: fmt.Sprintf("column %q is compressed by LZ4, which cannot be read rightly; write it with zstd or snappy", strings.Join(m.PathInSchema, "."))}
	}
	at := m.DataPageOffset
	if d := m.DictionaryPageOffset; d != 0 {
		at = d
	}
	if at < 0 || m.TotalCompressedSize < 0 || at > src.Size()-m.TotalCompressedSize {
		return &CorruptError{Reason: "damaged Parquet data: a column lies outside the file"}
	}
	for end := at + m.TotalCompressedSize; at < end; {
		h, n, err := pageHeader(src, at, end)
		if err != nil {
			return err
		}
		compressed, size := int64(h.CompressedPageSize), int64(h.UncompressedPageSize)
		values := int64(max(h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DictionaryPageHeader.V.NumValues))
		switch {
		case compressed < 0 || size < 0 || compressed > end-at-n:
			return &CorruptError{Reason: "damaged Parquet data: a page lies outside its column"}
		case size > max(freePage, compressed*int64(o.MaxExpansion)):
			return &CorruptError{Reason: fmt.Sprintf("a page of %d bytes expands to %d (max_expansion %d)", compressed, size, o.MaxExpansion)}
		case values > max(maxPageValues, size):
			return &CorruptError{Reason: fmt.Sprintf("a page of %d bytes holds %d values", size, values)}
		}
		// A page of the second version has its levels before the compressed data, as they are.
		var v2 format.DataPageHeaderV2
		if h.Type == format.DataPageV2 {
			v2 = h.DataPageHeaderV2.V
		}
		levels := int64(v2.RepetitionLevelsByteLength) + int64(v2.DefinitionLevelsByteLength)
		if levels < 0 || levels > min(compressed, size) {
			return &CorruptError{Reason: "damaged Parquet data: a page's levels lie outside it"}
		}
		codec := m.Codec
		if v2.IsCompressed.Valid && !v2.IsCompressed.V {
			codec = format.Uncompressed
		}
		if err := checkExpansion(src, codec, at+n+levels, compressed-levels, size-levels); src.err != nil {
			return err
		} else if err != nil {
			return &CorruptError{Reason: fmt.Sprintf("damaged Parquet data: a page of %d bytes", compressed), Err: err}
		}
		at += n + compressed
	}
	return nil
}

// pageHeader reads the header at a place, and its length.
func pageHeader(src *tracked, at, end int64) (h format.PageHeader, length int64, err error) {
	for window := int64(4 << 10); ; window *= 16 {
		b := make([]byte, min(window, end-at))
		n, err := src.ReadAt(b, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return h, 0, err
		}
		c := compact{b: b[:n]}
		if err = c.skip(compactStruct, 0); err == nil {
			r := bytes.NewReader(b[:c.at])
			err = thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(r)).Decode(&h)
			if err == nil && r.Len() == 0 {
				return h, int64(c.at), nil
			}
			err = cmp.Or(err, errShort)
		} else if errors.Is(err, errShort) && window < longestHeader && int64(n) == window {
			continue
		}
		return h, 0, &CorruptError{Reason: "damaged Parquet data: a page's header", Err: err}
	}
}
