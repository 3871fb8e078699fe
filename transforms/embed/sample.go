package embed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"leveler/internal/records"
)

// Sample returns an item of a medium, to try an embedder on, and what it is.
func Sample(medium string) (data []byte, what string, err error) {
	switch medium {
	case records.MediumText:
		return []byte("A sentence of some thirty words, which is about what people write when they ask for something or describe a thing in one breath, and then, perhaps, add a little more."), "a text of 31 words", nil
	case records.MediumImage:
		const side = 256
		m := image.NewNRGBA(image.Rect(0, 0, side, side))
		for y := range side {
			for x := range side {
				m.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), uint8(x * y / side), 255})
			}
		}
		var b bytes.Buffer
		err := png.Encode(&b, m)
		return b.Bytes(), "a PNG picture of 256x256 pixels", err
	case records.MediumAudio:
		const rate, seconds = 16000, 5
		b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
		b = binary.LittleEndian.AppendUint32(b, rate)
		b = binary.LittleEndian.AppendUint32(b, 2*rate)
		b = append(b, "\x02\x00\x10\x00data"...)
		b = binary.LittleEndian.AppendUint32(b, 2*rate*seconds)
		for i := range rate * seconds { // a saw tooth that rises
			b = binary.LittleEndian.AppendUint16(b, uint16(i*(100+i/1000)))
		}
		return b, "a WAV file of 5 s", nil
	}
	return nil, "", fmt.Errorf("embed: there is no medium %q", medium)
}
