// Package sound decodes sounds and embeds them without a model: the statistics of
// log-mel cepstra.
//
// # Definition
//
// A sound (WAV: PCM of 8, 16, 24 or 32 bits, or floats; FLAC) becomes one channel, the
// mean of all, at 16 kHz. Windows of 25 ms every 10 ms (Hann, FFT of 512) give
// the energies of 40 triangular mel bands, their logarithms over a floor 60 dB below
// the sound's mean energy, and cepstral coefficients 1 to 20 of those: without the
// 0th, which is the loudness. In each quarter of the sound every coefficient has a
// mean and a standard deviation; weighed by the square root of the coefficient's
// number they make a vector, of length 1.
//
// # Determinism
//
// Every product is rounded by itself, so that no compiler fuses it, sums run in
// index order, and sines and logarithms are this package's own: Go's differ between
// architectures in the last bit. So the bits are the same everywhere.
package sound

// Dim is the number of dimensions of an embedding.
const Dim = quarters * coefficients * 2

// Version is part of the key of whatever is made from the embeddings. It changes
// with any bit of any vector.
const Version = 1
