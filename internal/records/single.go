package records

import (
	"errors"
	"fmt"
	"io"
)

// OneRowPerFile tells whether every file is one row, so that no file needs to be
// read to number them.
func (o Options) OneRowPerFile() bool { return o.Format == FormatImages || o.Format == FormatAudio }

// scanFile makes a whole file one frame.
func scanFile(in Input, _ File, _ Mark, o Options, data bool, visit visitor) error {
	f := frame{wholeFile: true}
	switch {
	case !data:
	case in.Size() > int64(o.MaxRecordBytes):
		f.tooLarge(o)
	default:
		f.text = make([]byte, in.Size())
		if n, err := in.ReadAt(f.text, 0); err != nil && (!errors.Is(err, io.EOF) || n < len(f.text)) {
			return fmt.Errorf("reading %d bytes: %w", len(f.text), err)
		}
		f.checkItem(o)
	}
	return visit(&f)
}
