package fit

import (
	"math/rand/v2"
	"testing"

	"leveler/internal/kernel"
)

// TestFirstIterationKnowsTheSeeding stops where Lloyd's iterations begin after kmeans||, in memory and
// over storage: most rows are guessed to be in the cluster that they are in, and all moved.
func TestFirstIterationKnowsTheSeeding(t *testing.T) {
	const n, d, k = 900, 4, 12
	l := newLevel(t, blobs(3, n, d, 12), d, 3, params(k))
	for name, m := range map[string]*Machine{"in memory": l.machine(2, 1<<30), "over storage": l.machine(1, -1)} {
		st := start()
		if m.InWorkerBytes > 0 {
			if err := m.load(st); err != nil {
				t.Fatal(err)
			}
		}
		for st.Phase != PhaseLloyd {
			st = l.pass(t, m, st, rand.New(rand.NewPCG(1, 1)))
		}
		c := kernel.New(l.centroids(t, st), k, d)
		right := 0
		for i, shard := range l.set.Shards {
			x, release, err := m.rows(l.set, i)
			if err != nil {
				t.Fatal(err)
			}
			in, err := m.carried(st, i)
			if err != nil {
				t.Fatal(err)
			}
			guess, before, err := task{st: st, set: l.set, shard: shard, x: x, in: in}.guess()
			if err != nil || before != nil || len(guess) != int(shard.Rows) || in.d2 != nil {
				t.Fatalf("%s: %d guesses for %d rows (%v); before %v, d2 %v", name, len(guess), shard.Rows, err, before, in.d2)
			}
			labels := make([]int32, len(guess))
			c.Assign(x, labels, new(kernel.Scratch))
			for r, j := range labels {
				if guess[r] == j {
					right++
				}
			}
			release()
		}
		if right < n*3/4 {
			t.Errorf("%s: %d of %d guesses are right", name, right, n)
		}
		st = l.pass(t, m, st, rand.New(rand.NewPCG(1, 1)))
		if it := st.Iterations[0]; it.Moved != n || !st.Near.IsZero() {
			t.Errorf("%s: %d of %d rows moved in the first iteration; near is then %v", name, it.Moved, n, st.Near)
		}
	}
}
