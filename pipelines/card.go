package pipelines

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"leveler/configs"
	"leveler/internal/card"
	"leveler/internal/export"
	"leveler/internal/records"
	"leveler/internal/report"
	"leveler/internal/store"
	"leveler/transforms/write"
)

// Where the cards are in the output folder.
const (
	cardFile      = "README.md"
	croissantFile = "croissant.json"
)

// describeInput sums up the raw files, by what does not depend on the machine.
func describeInput(files []records.File) card.Input {
	in := card.Input{Files: len(files)}
	h := sha256.New()
	for _, f := range files {
		in.Bytes += f.Size
		_, _ = fmt.Fprintf(h, "%q %d\n", f.Name, f.Size) // a hash takes everything
	}
	in.Digest = hex.EncodeToString(h.Sum(nil))
	return in
}

// checkCard refuses to replace a README that is the user's.
func (r *Run) checkCard() error {
	if !slices.Contains(r.Config.Output.Formats, configs.FormatCard) {
		return nil
	}
	return r.checkCardFile()
}

// checkCardFile refuses a README that no run has written.
func (r *Run) checkCardFile() error {
	path := store.Join(r.Config.Output.Dir, cardFile)
	b, err := store.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !bytes.Contains(b, []byte(card.Mark)) {
		err = fmt.Errorf("output.formats: card would replace %s, which no run has written; move it, or set another output.dir", path)
	}
	return err
}

// writeCards writes the data card and Croissant where they are asked for, with
// their digests into s, and the card of the folder that Hugging Face opens.
func (r *Run) writeCards(in *input, sel *selection, s *report.Summary, config string, out outputs, copies []*marker) error {
	d := card.Data{Summary: *s, Config: config, Points: in.set.Digest, Input: in.files}
	for _, name := range slices.Sorted(maps.Keys(out.Files)) {
		ref := out.Files[name]
		f := export.File{Name: name, Items: sel.Rows, Bytes: ref.Size, SHA256: ref.SHA256}
		if name == write.ListFile(configs.FormatNPY) || name == write.ListFile(configs.FormatIDs) {
			f.Items = sel.Copies
		}
		d.Files = append(d.Files, f)
	}
	for _, m := range copies {
		d.Copies = append(d.Copies, card.Copy{Format: m.Format, Folder: m.Format, Items: m.Items, Bytes: m.Bytes, Shards: m.Shards})
	}
	publish := func(name string, write func(io.Writer) error) error {
		ref, err := r.ledger.Publish(store.Join(r.Config.Output.Dir, name), write)
		for i, out := range s.Execution.Outputs {
			if out.Path == ref.Path {
				s.Execution.Outputs[i].Bytes, s.Execution.Outputs[i].SHA256 = ref.Size, ref.SHA256
			}
		}
		return err
	}
	if slices.Contains(r.Config.Output.Formats, configs.FormatHF) {
		if err := publish(configs.FormatHF+"/"+cardFile, func(w io.Writer) error { return card.Write(w, d, true) }); err != nil {
			return err
		}
	}
	if !slices.Contains(r.Config.Output.Formats, configs.FormatCard) {
		return nil
	}
	if err := publish(cardFile, func(w io.Writer) error { return card.Write(w, d, false) }); err != nil {
		return err
	}
	return publish(croissantFile, func(w io.Writer) error { return card.WriteCroissant(w, d) })
}
