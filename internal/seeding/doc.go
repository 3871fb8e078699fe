// Package seeding chooses the centroids that k-means starts from.
//
// Everything here is exact and deterministic: distances are the specification's
// float64 (kernel.SquaredDistance), sums are integers (package fixed), draws are
// hashes (Key), and ties go to the older centroid, the first trial, the lowest
// row. The result depends on the rows, their order, the weights, k and the key,
// and on nothing else.
//
// # kmeans||
//
// Bahmani et al. 2012 (arXiv 1203.6402), over n rows:
//
//  1. The first candidate is row key.First(n).
//  2. Update: every row keeps D^2, the distance to its nearest candidate, and
//     which one that is. With the candidates of one round numbered in row order
//     after all older ones, a row changes only to a strictly nearer candidate,
//     and to the lowest-numbered of equals (Fold).
//  3. The potential is the exact sum of D^2 (fixed.Potential). If it is zero, or
//     Rounds rounds are done and there are at least k distinct candidates, go to 5.
//  4. Draw round r = 0, 1, …: row i becomes a candidate if
//     NewOversampler(potential, Oversample(k, r)).Chosen(key.Oversample(r, i), D^2),
//     independently of the others. A round that draws none is followed by the
//     next; else go to 2.
//  5. The weight of a candidate is the number of rows nearest to it. Candidates of
//     weight zero are copies of others (a candidate is nearest to itself), so the
//     number of weights above zero is the number of distinct candidates. Fewer
//     than k of them at potential zero is a *TooFewError: the data have no more.
//  6. Recluster chooses k of the candidates.
//
// Rounds beyond the usual ones, which only data with few far rows need, double
// the oversampling factor each time.
//
// # Greedy k-means++
//
// PlusPlus, on rows or on weighted candidates, all in memory.
//
// # By cells
//
// Divide cuts the rows into ceil(sqrt(k)) cells by k-means and apportions k over
// them; each cell is seeded alone by greedy k-means++ (Cells), with a few Lloyd
// iterations inside it (Split).
//
// docs/seeding.md compares them.
//
// # Memory
//
// PlusPlus holds 36 bytes a row besides the rows, and the k chosen rows twice;
// its improvement lists are at most 16 bytes a row and trial, in the first steps.
// Cells and Split hold one copy of the rows of each cell in work.
package seeding
