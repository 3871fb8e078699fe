package export

import "io"

// Lines writes the first member of each item as a line.
type Lines struct{ Extension string }

var _ Container = Lines{}

// Ext implements Container.
func (l Lines) Ext() string { return l.Extension }

// New implements Container.
func (l Lines) New(w io.Writer) (Shard, error) { return &lineShard{counter{w: w}}, nil }

type lineShard struct{ c counter }

// Add implements Shard.
func (s *lineShard) Add(it *Item) error {
	if _, err := s.c.Write(it.Members[0].Data); err != nil {
		return err
	}
	_, err := s.c.Write([]byte{'\n'})
	return err
}

// Size implements Shard.
func (s *lineShard) Size() int64 { return s.c.n }

// Close implements Shard.
func (s *lineShard) Close() error { return nil }
