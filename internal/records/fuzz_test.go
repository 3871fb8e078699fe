package records

import (
	"archive/zip"
	"testing"
)

// fuzzRanges: no panic, and ranges give what the whole file gives.
func fuzzRanges(f *testing.F, name string, options ...Options) {
	f.Helper()
	f.Fuzz(func(t *testing.T, content string, every, step, maxBytes uint8) {
		for _, o := range options {
			o.MaxRecordBytes = 1 + int(maxBytes)
			o.MaxFileBytes = 1 << 20
			checkRanges(t, content, File{Path: name, Name: name}, o, 1+int64(every), 1+int64(step))
		}
	})
}

func FuzzWebDataset(f *testing.F) {
	tar := archive(f,
		member{"0.jpg", jpeg, 0}, member{"0.json", `{"text": "x"}`, 0}, member{"a/1.txt", "no item", 0}, member{"a/2.png", png, 0},
		member{"x", "", '2'}, member{longKey + ".jpg", jpeg, 0}, member{"", "", 'g'})
	f.Add(tar, uint8(0), uint8(1), uint8(200))
	f.Add(tar[:len(tar)-1500], uint8(1), uint8(1), uint8(10))
	f.Add(tar+tar, uint8(1), uint8(2), uint8(200))
	f.Add(zipped(f, tar), uint8(1), uint8(0), uint8(200))
	f.Add(zstdOf(f, tar), uint8(1), uint8(0), uint8(200))
	fuzzRanges(f, "f", Options{Format: FormatWebDataset, Medium: MediumImage}, Options{Format: FormatWebDataset, Medium: MediumText})
}

func FuzzFiles(f *testing.F) {
	for _, s := range []string{jpeg, png, gif, webp, wav, flac, "", "hello"} {
		f.Add(s, uint8(0), uint8(0), uint8(100))
	}
	fuzzRanges(f, "f", Options{Format: FormatImages}, Options{Format: FormatAudio})
}

func FuzzParquet(f *testing.F) {
	t := tableOf(f, 2, texts{ptr("a"), ptr("one"), nil}, texts{nil, ptr("two"), []int32{1}}, texts{ptr("c"), nil, nil})
	f.Add(t, uint8(1), uint8(1), uint8(100))
	f.Add(tableOf(f, 2, vectors{"a", []float32{1, -2}, []float64{3}}, vectors{"b", nil, nil}), uint8(0), uint8(0), uint8(200))
	for _, c := range hostile(f) {
		if len(c[0]) < 1<<10 {
			f.Add(parquetWith(c[0]), uint8(0), uint8(0), uint8(200))
		}
	}
	fuzzRanges(f, "f",
		Options{Format: FormatParquet, Medium: MediumText, IDField: "id"},
		Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "e"},
		Options{Format: FormatParquet, Medium: MediumEmbedding, EmbeddingField: "d", IDField: "id"})
}

func FuzzVectors(f *testing.F) {
	x := npyOf(f, 2, 1, 2, 3, 4, 5, 6)
	f.Add(x, uint8(0), uint8(1), uint8(100))
	f.Add(npzOf(f, zip.Store, "a", x), uint8(0), uint8(1), uint8(100))
	f.Add(npzOf(f, zip.Deflate, "a", x, "b", x), uint8(0), uint8(1), uint8(100))
	f.Add(vecsOf(f, []float32{1, 2}, []float32{3, 4}), uint8(0), uint8(1), uint8(100))
	fuzzRanges(f, "f.fvecs", Options{Format: FormatNPY}, Options{Format: FormatNPZ}, Options{Format: FormatNPZ, Array: "a"}, Options{Format: FormatVecs})
}
