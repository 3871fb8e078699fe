// Package sound decodes sounds and embeds them without a model: log-mel cepstra.
package sound

// Dim is the number of dimensions of an embedding.
const Dim = 160
