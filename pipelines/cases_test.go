package pipelines_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"leveler/configs"
	"leveler/internal/rng"
	"leveler/pipelines"

	"github.com/parquet-go/parquet-go"
)

// labelSizes has how many items there are of each label, of 650.
var labelSizes = []int{400, 160, 64, 26}

// longTail is the label of each row, in ascending order.
func longTail(rows int) (labels []int) {
	total := 0
	for _, n := range labelSizes {
		total += n
	}
	for label, n := range labelSizes {
		for range n * rows / total {
			labels = append(labels, label)
		}
	}
	return labels
}

// noise is a number below n.
func noise(n int, key ...uint64) int { return int(rng.Below(rng.Hash(7, key...), uint64(n))) }

// stripes is a picture whose stripes have a label's direction.
func stripes(label, item int) image.Image {
	at, width := noise(16, 1, uint64(item)), 6+noise(3, 2, uint64(item))
	img := image.NewGray(image.Rect(0, 0, 32, 32))
	for y := range 32 {
		for x := range 32 {
			v := 60 + noise(30, 3, uint64(item), uint64(y*32+x))
			if ([]int{x, y, x + y, x - y + 64}[label]+at)/(width/2)%2 == 0 {
				v += 100
			}
			img.SetGray(x, y, color.Gray{uint8(v)})
		}
	}
	return img
}

// tone is a WAV file of half a second whose pitch tells the label.
func tone(label, item int) []byte {
	const rate, n = 8000, 4000
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), 36+2*n)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, 2*n)
	pitch := []float64{200, 500, 1100, 2500}[label] * (1 + float64(noise(100, 4, uint64(item)))/1500)
	for i := range n {
		v := 9000*math.Sin(2*math.Pi*pitch*float64(i)/rate) + float64(noise(600, 5, uint64(item), uint64(i)))
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v)))
	}
	return b
}

// remark is a text of a label's words.
func remark(label, item int) string {
	words := strings.Fields([]string{
		"sunny rainy cloudy windy forecast", "invoice refund payment balance account",
		"violin sonata orchestra melody chorus", "glacier summit ridge avalanche crevasse",
	}[label])
	var b strings.Builder
	for i := range 6 {
		b.WriteString(words[noise(len(words), 6, uint64(item), uint64(i))] + " ")
	}
	return fmt.Sprint(b.String(), item)
}

func pngOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type caseRow struct {
	Text  string `parquet:"text"`
	Label int64  `parquet:"label"`
}

type soundRow struct {
	Audio struct {
		Bytes []byte `parquet:"bytes"`
	} `parquet:"audio"`
}

// cases write the raw files of a configuration below data/, and give the bytes of
// each row, and those of each item of the selection's copy.
var cases = map[string]struct {
	rows   int
	raw    func(f folder, labels []int) []string
	copied func(f folder) []string
}{
	"images": {650, func(f folder, labels []int) (rows []string) {
		for i, label := range labels {
			b := pngOf(f.t, stripes(label, i))
			f.write(fmt.Sprintf("data/images/%d/%05d.png", label, i), b)
			rows = append(rows, string(b))
		}
		return rows
	}, func(f folder) (items []string) {
		files := f.tree("files")
		for _, name := range slices.Sorted(mapsKeys(files)) {
			items = append(items, files[name])
		}
		return items
	}},
	"webdataset": {650, func(f folder, labels []int) (rows []string) {
		var names []string
		var data [][]byte
		for i, label := range labels {
			key, b := fmt.Sprintf("%09d", i), jpegOf(f.t, stripes(label, i))
			names = append(names, key+".jpg", key+".txt", key+".json")
			data = append(data, b, fmt.Append(nil, label), fmt.Appendf(nil, `{"key": %q}`, key))
			rows = append(rows, string(b))
		}
		f.write("data/tars/00000.tar", tarOf(f.t, names[:900], data[:900]))
		f.write("data/tars/00001.tar", tarOf(f.t, names[900:], data[900:]))
		return rows
	}, func(f folder) (items []string) {
		names, data := f.entries("webdataset")
		for _, name := range names {
			if strings.HasSuffix(name, ".jpg") {
				items = append(items, data[name])
			}
		}
		return items
	}},
	"parquet": {650, func(f folder, labels []int) (rows []string) {
		var table []caseRow
		for i, label := range labels {
			rows = append(rows, remark(label, i))
			table = append(table, caseRow{rows[i], int64(label)})
		}
		f.write("data/tables/train-00000-of-00002.parquet", parquetOf(f.t, 100, table[:250]))
		f.write("data/tables/train-00001-of-00002.parquet", parquetOf(f.t, 100, table[250:]))
		return rows
	}, func(f folder) (items []string) {
		for _, r := range must(parquet.ReadFile[caseRow](filepath.Join(f.dir, "out/hf/data/train-00000-of-00001.parquet"))) {
			items = append(items, r.Text)
		}
		return items
	}},
	"audio": {130, func(f folder, labels []int) (rows []string) {
		for i, label := range labels {
			b := tone(label, i)
			f.write(fmt.Sprintf("data/wavs/%05d.wav", i), b)
			rows = append(rows, string(b))
		}
		return rows
	}, func(f folder) (items []string) {
		for _, r := range must(parquet.ReadFile[soundRow](filepath.Join(f.dir, "out/hf/data/train-00000-of-00001.parquet"))) {
			items = append(items, string(r.Audio.Bytes))
		}
		return items
	}},
}

// TestCases runs the four cases' configurations as they are: the copy has the bytes
// of the selected rows, and more of the rarest label than a random selection would.
func TestCases(t *testing.T) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			file := must(filepath.Abs("../configs/" + name + ".yaml"))
			f := folder{t, t.TempDir()}
			t.Chdir(f.dir) // the configuration's paths are relative
			labels := longTail(c.rows)
			rows := c.raw(f, labels)
			config, err := configs.Load(file, nil)
			if err != nil {
				t.Fatal(err)
			}
			run := &pipelines.Run{Config: config}
			if _, err := run.Curate(t.Context()); err != nil {
				t.Fatal(err)
			}
			selected, copied := f.selected(), c.copied(f)
			if int64(len(selected)) != config.Sample.TargetSize || len(copied) != len(selected) {
				t.Fatalf("%d rows selected and %d copied, want %d", len(selected), len(copied), config.Sample.TargetSize)
			}
			counts, all := make([]int, len(labelSizes)), make([]int, len(labelSizes))
			for i, row := range selected {
				if copied[i] != rows[row] {
					t.Fatalf("item %d of the copy is not row %d", i, row)
				}
				counts[labels[row]]++
			}
			for _, label := range labels {
				all[label]++
			}
			rarest := len(labelSizes) - 1
			random := float64(all[rarest]) * float64(len(selected)) / float64(len(rows))
			if float64(counts[rarest]) < 1.5*random {
				t.Errorf("labels of all rows %v, of the selection %v: the rarest is not favoured", all, counts)
			}
		})
	}
}

// TestCasesAreShort: a case needs at most 15 lines.
func TestCasesAreShort(t *testing.T) {
	for name := range cases {
		lines := 0
		for line := range strings.Lines(string(must(os.ReadFile("../configs/" + name + ".yaml")))) {
			if text := strings.TrimSpace(line); text != "" && text[0] != '#' {
				lines++
			}
		}
		if lines > 15 {
			t.Errorf("%s.yaml has %d lines", name, lines)
		}
	}
}
