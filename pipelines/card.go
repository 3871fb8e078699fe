package pipelines

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
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
		ref, err := r.publishOutput(name, write)
		for i, out := range s.Execution.Outputs {
			if out.Path == ref.Path {
				s.Execution.Outputs[i].Bytes, s.Execution.Outputs[i].SHA256 = ref.Size, ref.SHA256
			}
		}
		return err
	}
	if slices.Contains(r.Config.Output.Formats, configs.FormatHF) {
		if _, err := r.ledger.Publish(store.Join(copyFolder(r.Config.Output.Dir, configs.FormatHF), cardFile), func(w io.Writer) error { return card.Write(w, d, true) }); err != nil {
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
