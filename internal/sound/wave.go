package sound

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/mewkiz/flac"
)

// Wave is a sound of one channel.
type Wave struct {
	Rate    int
	Samples []float32 // from -1 to 1
}

// The limits of a sound.
const (
	// MaxSamples is the most samples of a channel: 34 minutes at 16 kHz, 128 MiB.
	MaxSamples  = 1 << 25
	maxChannels = 64
	minRate     = 1000
	maxRate     = 768_000
)

// Decode decodes a WAV or FLAC file into the mean of its channels. Its length is
// checked before memory is spent on it. Each error is a fault of the data, and a
// panic of a decoder is one too.
func Decode(data []byte) (w Wave, err error) {
	defer func() {
		if p := recover(); p != nil {
			w, err = Wave{}, fmt.Errorf("a sound that its decoder fails on: %v", p)
		}
	}()
	switch {
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WAVE":
		w, err = decodeWAV(data[12:])
	case bytes.HasPrefix(data, []byte("fLaC")):
		w, err = decodeFLAC(data)
	default:
		return Wave{}, errors.New("no WAV or FLAC file")
	}
	if err != nil {
		return Wave{}, err
	}
	for _, v := range w.Samples {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return Wave{}, errors.New("a sound with samples that are no finite numbers")
		}
	}
	return w, nil
}

// check refuses what is beyond the limits.
func check(rate, channels int, frames uint64) error {
	switch {
	case rate < minRate || rate > maxRate:
		return fmt.Errorf("a sound of %d Hz, want from %d to %d", rate, minRate, maxRate)
	case channels < 1 || channels > maxChannels:
		return fmt.Errorf("a sound of %d channels, want from 1 to %d", channels, maxChannels)
	case frames > MaxSamples:
		return fmt.Errorf("a sound of %.0f s at %d Hz, want %d samples at most", float64(frames)/float64(rate), rate, MaxSamples)
	case frames == 0:
		return errors.New("a sound of no samples")
	}
	return nil
}

// The formats of WAV files.
const (
	wavPCM        = 1
	wavFloat      = 3
	wavExtensible = 0xfffe
)

// decodeWAV reads the chunks of a WAV file.
func decodeWAV(b []byte) (Wave, error) {
	var format, channels, rate, bits int
	for len(b) >= 8 {
		name, size := string(b[:4]), uint64(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		body := b[:min(size, uint64(len(b)))]
		switch {
		case name == "fmt " && len(body) >= 16:
			format, channels = int(binary.LittleEndian.Uint16(body)), int(binary.LittleEndian.Uint16(body[2:]))
			rate, bits = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[14:]))
			if format == wavExtensible && len(body) >= 26 {
				format = int(binary.LittleEndian.Uint16(body[24:]))
			}
		case name == "data":
			if size > uint64(len(b)) && size != math.MaxUint32 { // what was streamed does not know its size
				return Wave{}, errors.New("a WAV file that is cut off")
			}
			return readWAV(body, format, channels, rate, bits)
		}
		b = b[min(size+size&1, uint64(len(b))):]
	}
	return Wave{}, errors.New("a WAV file without samples, or cut off")
}

// readWAV reads interleaved samples.
func readWAV(b []byte, format, channels, rate, bits int) (Wave, error) {
	item := (bits + 7) / 8
	var sample func(b []byte) float64
	switch {
	case format == wavPCM && item == 1:
		sample = func(b []byte) float64 { return (float64(b[0]) - 128) / 128 }
	case format == wavPCM && item == 2:
		sample = func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15) }
	case format == wavPCM && item == 3:
		sample = func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}
	case format == wavPCM && item == 4:
		sample = func(b []byte) float64 { return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31) }
	case format == wavFloat && item == 4:
		sample = func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case format == wavFloat && item == 8:
		sample = func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	default:
		return Wave{}, fmt.Errorf("a WAV file of format %d with %d bits, want PCM of 8, 16, 24 or 32 bits or floats of 32 or 64", format, bits)
	}
	frames := uint64(0)
	if channels > 0 {
		frames = uint64(len(b) / item / channels)
	}
	if err := check(rate, channels, frames); err != nil {
		return Wave{}, err
	}
	w := Wave{Rate: rate, Samples: make([]float32, frames)}
	for i := range w.Samples {
		var sum float64
		for range channels {
			sum += sample(b)
			b = b[item:]
		}
		w.Samples[i] = float32(sum / float64(channels))
	}
	return w, nil
}

// decodeFLAC reads a FLAC file.
func decodeFLAC(data []byte) (Wave, error) {
	s, err := flac.New(bytes.NewReader(data))
	if err != nil {
		return Wave{}, fmt.Errorf("a FLAC file that is damaged: %w", err)
	}
	rate, channels := int(s.Info.SampleRate), int(s.Info.NChannels)
	if err := check(rate, channels, max(1, s.Info.NSamples)); err != nil { // 0 is not known
		return Wave{}, err
	}
	w := Wave{Rate: rate, Samples: make([]float32, 0, min(s.Info.NSamples, uint64(len(data))*16))}
	full := float64(int64(1) << (s.Info.BitsPerSample - 1))
	for {
		f, err := s.ParseNext()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Wave{}, fmt.Errorf("a FLAC file that is damaged or cut off: %w", err)
		}
		if len(f.Subframes) != channels {
			return Wave{}, errors.New("a FLAC file whose number of channels changes")
		}
		for i := range f.Subframes[0].Samples {
			var sum float64
			for _, c := range f.Subframes {
				sum += float64(c.Samples[i])
			}
			w.Samples = append(w.Samples, float32(sum/full/float64(channels)))
		}
		if err := check(rate, channels, uint64(len(w.Samples))); err != nil {
			return Wave{}, err
		}
	}
	if n := s.Info.NSamples; n > uint64(len(w.Samples)) {
		return Wave{}, errors.New("a FLAC file that is cut off")
	}
	return w, check(rate, channels, uint64(len(w.Samples)))
}
