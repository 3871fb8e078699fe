package records

import (
	"archive/tar"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// member is an entry of a test's archive; without data it is what flag says.
type member struct {
	name string
	data string
	flag byte
}

func archive(t testing.TB, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Typeflag: m.flag, Mode: 0o644, Size: int64(len(m.data))}
		if m.flag == tar.TypeSymlink || m.flag == tar.TypeLink {
			h.Linkname = "/etc/passwd"
		}
		if m.flag == tar.TypeXGlobalHeader {
			h = &tar.Header{Typeflag: m.flag, PAXRecords: map[string]string{"comment": "x"}}
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	jpeg = "\xff\xd8\xff a picture"
	png  = "\x89PNG\r\n\x1a\n a picture"
	webp = "RIFF\x10\x00\x00\x00WEBPVP8 "
	gif  = "GIF89a a picture"
	wav  = "RIFF\x10\x00\x00\x00WAVEfmt "
	flac = "fLaC a sound"
)

var longKey = strings.Repeat("long/", 900) + "key" // in a PAX header

func TestWebDataset(t *testing.T) {
	image := Options{Format: FormatWebDataset, Medium: MediumImage, MaxRecordBytes: 100}
	text := Options{Format: FormatWebDataset, Medium: MediumText, MinChars: 2}
	sound := Options{Format: FormatWebDataset, Medium: MediumAudio}
	tests := []struct {
		name    string
		o       Options
		members []member
		want    []string // as short prints them
		skipped map[string]int64
	}{
		{"keys", image, []member{
			{"000.jpg", jpeg, 0},
			{"000.json", `{"key": "000"}`, 0},
			{"000.txt", "caption", 0},
			{"001.txt", "caption", 0},
			{"001.JPG", jpeg, 0},
			{"a/b.c/001.png", png, 0},
			{"a/b.c/002.webp", webp, 0},
			{"./003.gif", gif, 0},
		}, []string{
			"0 000 " + fmt.Sprintf("%q", jpeg), "0 001 " + fmt.Sprintf("%q", jpeg), "0 a/b.c/001 " + fmt.Sprintf("%q", png),
			"0 a/b.c/002 " + fmt.Sprintf("%q", webp), "0 ./003 " + fmt.Sprintf("%q", gif),
		}, nil},
		{"what is no item", image, []member{
			{"0.txt", "x", 0},
			{"1.jpg", "<html>sorry", 0},
			{"2.jpg", "", 0},
			{"3.jpg", jpeg, 0},
			{"3.png", png, 0},
			{"4.seg.png", png, 0},
			{"5.jpg", jpeg + strings.Repeat("x", 100), 0},
			{"6.jpg", wav, 0},
			{"7.jpg", "plain text", 0},
		}, []string{
			"0 0! has no member with the extension jpg, jpeg, png, webp or gif",
			"0 1! is HTML; need image (jpeg, png, webp, gif)",
			"0 2! is empty; need image (jpeg, png, webp, gif)",
			"0 3! has two items: .jpg and .png; say which by item_ext",
			"0 4! has no member with the extension jpg, jpeg, png, webp or gif",
			"0 5! is larger than max_record_bytes (100)",
			"0 6! is wav; need image (jpeg, png, webp, gif)",
			`0 7! begins with "plain te"; need image (jpeg, png, webp, gif)`,
		}, nil},
		{
			"what is no member", image,
			[]member{
				{"", "", tar.TypeXGlobalHeader},
				{"dir.jpg/", "", tar.TypeDir},
				{"evil.jpg", "", tar.TypeSymlink},
				{"evil.png", "", tar.TypeLink},
				{"pipe.jpg", "", tar.TypeFifo},
				{"dev.jpg", "", tar.TypeChar},
				{"README", "hello", 0},
				{".hidden", "hello", 0},
				{"../../etc/0.jpg", jpeg, 0},
				{"/abs/1.jpg", jpeg, 0},
			},
			[]string{"0 ../../etc/0 " + fmt.Sprintf("%q", jpeg), "0 /abs/1 " + fmt.Sprintf("%q", jpeg)},
			map[string]int64{"folder": 2, "symbolic link": 1, "hard link": 1, "device or pipe": 2, "member without key or extension": 2},
		},
		{"text", text, []member{
			{"0.txt", "one\n", 0},
			{"1.json", `{"text": "two", "key": "x"}`, 0},
			{"2.json", `{"txt": "two"}`, 0},
			{"3.txt", "a\xff", 0},
			{"4.txt", "a", 0},
		}, []string{
			`0 0 "one\n"`, `0 1 "two"`, `0 2! has no field "text"`, "0 3! is not UTF-8: byte 1 is 0xff", "0 4! has fewer than 2 characters (min_chars)",
		}, nil},
		{"sounds", sound, []member{{"0.wav", wav, 0}, {"1.flac", flac, 0}, {"2.wav", "ID3", 0}}, []string{
			"0 0 " + fmt.Sprintf("%q", wav), "0 1 " + fmt.Sprintf("%q", flac), "0 2! is mp3; need audio (wav, flac)",
		}, nil},
		{"ids of every length", image, []member{{longKey + ".jpg", jpeg, 0}, {"b\xff.jpg", jpeg, 0}}, []string{
			"0 " + shortID(longKey) + "! has an id of 4503 bytes; at most 4096 are kept", "0 b\ufffd " + fmt.Sprintf("%q", jpeg),
		}, nil},
		{"nothing", image, nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			content := archive(t, tt.members...)
			for name, c := range map[string]string{"f.tar": content, "f.tar.gz": zipped(t, content), "f.tar.zst": zstdOf(t, content)} {
				f := File{Path: "/data/" + name, Name: name}
				ix, err := IndexFile(strings.NewReader(c), f, tt.o, 2)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.skipped, ix.Skipped); diff != "" {
					t.Errorf("%s: skipped (-want +got):\n%s", name, diff)
				}
				var got []string
				for _, r := range all(t, c, f, tt.o) {
					got = append(got, short(r))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s: records (-want +got):\n%s", name, diff)
				}
				checkRanges(t, c, f, tt.o, 2, 3)
			}
		})
	}
}

// TestDamagedArchives cuts an archive at every place: compressed or not, the rows
// before are the same, and what is lost is one bad row.
func TestDamagedArchives(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	var members []member
	for i := range 6 {
		members = append(members, member{fmt.Sprintf("%d.jpg", i), jpeg + strings.Repeat("x", rnd.IntN(1200)), 0})
		if i%2 == 0 {
			members = append(members, member{fmt.Sprintf("%d.json", i), strings.Repeat("{}", rnd.IntN(700)), 0})
		}
		if i == 3 {
			members = append(members, member{"link.jpg", "", tar.TypeSymlink})
		}
	}
	whole := archive(t, members...)
	o := Options{Format: FormatWebDataset, Medium: MediumImage}
	for n := 0; n < len(whole); n += 101 {
		plain := all(t, whole[:n], File{Path: "f", Name: "f"}, o)
		checkRanges(t, whole[:n], File{Path: "f", Name: "f"}, o, 2, 3)
		zip := all(t, zipped(t, whole[:n]), File{Path: "f", Name: "f"}, o)
		if len(plain) != len(zip) {
			t.Fatalf("cut at %d: %d rows, compressed %d\n%v\n%v", n, len(plain), len(zip), plain, zip)
		}
		for i, r := range plain {
			last := i == len(plain)-1 && r.Bad != ""
			if !last && (r.Bad != "" || r.ID != fmt.Sprint(i) || !bytes.Equal(r.Data, zip[i].Data)) || (zip[i].Bad != "") != last {
				t.Errorf("cut at %d: row %d: got %s, compressed %s", n, i, short(r), short(zip[i]))
			}
		}
	}
	for name, c := range map[string]struct{ content, want string }{
		"joined":     {whole + whole, "data follow the end of the archive (was it joined from several? unpack and pack it again); the rest of the file cannot be read"},
		"no archive": {strings.Repeat("no archive ", 100), "is no tar archive: archive/tar: invalid tar header; the rest of the file cannot be read"},
		"a png":      {png + strings.Repeat("x", 1000), "is png, not a tar archive; the rest of the file cannot be read"},
		"a header":   {whole[:1024] + "\xff" + whole[1025:], ""},
	} {
		got := all(t, c.content, File{Path: "f", Name: "f"}, o)
		if last := got[len(got)-1]; c.want != "" && last.Bad != c.want {
			t.Errorf("%s: got %s", name, short(last))
		}
	}
}

func TestFilesAsRows(t *testing.T) {
	for _, c := range []struct {
		format, content, want string
	}{
		{FormatImages, jpeg, ""},
		{FormatImages, webp, ""},
		{FormatImages, "", "is empty; need image (jpeg, png, webp, gif)"},
		{FormatImages, flac, "is flac; need image (jpeg, png, webp, gif)"},
		{FormatImages, jpeg + strings.Repeat("x", 100), "is larger than max_record_bytes (100)"},
		{FormatAudio, wav, ""},
		{FormatAudio, flac, ""},
		{FormatAudio, "OggS", "is ogg; need audio (wav, flac)"},
	} {
		o := Options{Format: c.format, MaxRecordBytes: 100}
		got := all(t, c.content, File{Path: "/d/a/b.jpg", Name: "a/b.jpg"}, o)
		if len(got) != 1 || got[0].ID != "a/b.jpg" || got[0].Bad != c.want || c.want == "" && string(got[0].Data) != c.content {
			t.Errorf("%s of %q: got %v want %s", c.format, c.content, got, c.want)
		}
	}
}
