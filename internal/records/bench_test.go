package records

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkIndexFile(b *testing.B) {
	var text, jsonl strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "a line of text about fifty bytes long, number %d\n\n"[:49+i%4/3], i)
		fmt.Fprintf(&jsonl, `{"id": "row-%d", "text": "a line of text about fifty bytes long", "label": "some label"}`+"\n", i)
	}
	for name, o := range everyFormat(1, 1<<21) {
		content := text.String()
		if name == "jsonl" {
			content = jsonl.String()
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := IndexFile(strings.NewReader(content), File{Path: "f", Name: "f"}, o, 1024); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
