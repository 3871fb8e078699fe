package rng

// The purposes of draws: the first part of every Hash, so that two draws for
// different things never share bits. The values are part of the output format:
// append, never renumber.
const (
	PurposeFirstCentroid uint64 = iota + 1 // kmeans||, kmeans++: the first row
	PurposeOversample                      // kmeans||: is this row a candidate in this round
	PurposeTrial                           // greedy k-means++: a trial of a step
	PurposeRandomSeed                      // random: the key of a row
	PurposeResample                        // resampling step: the key of a row in its cluster
	PurposeQuota                           // which child of a node gets one more
	PurposeLeaf                            // sampling: the key of a row in its leaf
	PurposeProjection                      // built-in text embedder: the sign and place of an n-gram
	PurposeSplit                           // split seeding
)
