package fit

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhereItRunsChangesNothing: one shard or seven, one thread or four, in
// memory or over storage, in one process or a new one for every pass.
func TestWhereItRunsChangesNothing(t *testing.T) {
	for i, seeding := range []string{SeedParallel, SeedPlusPlus, SeedRandom} {
		for _, cosine := range []bool{false, true} {
			for _, empty := range []string{Relocate, Keep} {
				p := params(11)
				p.Seeding, p.Cosine, p.EmptyClusters = seeding, cosine, empty
				p.NResamplingSteps, p.SamplingStrategy = 3, []string{Closest, Random}[i%2]
				t.Run(fmt.Sprintf("%s cosine=%v %s", seeding, cosine, empty), func(t *testing.T) {
					const n, d = 400, 5
					x := blobs(uint64(i), n, d, 9)
					if cosine {
						normalised(x, d)
					}
					one := newLevel(t, x, d, 1, p)
					want := one.outcome(t, one.inMemory(t, start(), 1, nil))
					if want.Phase != PhaseDone || len(want.Labels) != n {
						t.Fatalf("phase %s (%s) with %d labels", want.Phase, want.Failure, len(want.Labels))
					}
					check := func(name string, got outcome) {
						t.Helper()
						if diff := cmp.Diff(want, got); diff != "" {
							t.Errorf("%s differs (-one shard in memory +got):\n%.2000s", name, diff)
						}
					}
					for _, shards := range []int{1, 2, 7} {
						l := newLevel(t, x, d, shards, p)
						check(fmt.Sprint(shards, " shards in memory"), l.outcome(t, l.inMemory(t, start(), 4, nil)))
						check(fmt.Sprint(shards, " shards by passes"), l.outcome(t, l.byPasses(t, start(), 4, 5, false, nil)))
						check(fmt.Sprint(shards, " shards, new processes"), l.outcome(t, l.byPasses(t, start(), 1, 6, true, nil)))
					}
				})
			}
		}
	}
}

// TestResumeFromEveryCheckpoint: whatever pass a kill comes after, in memory or
// over storage, going on either way gives the same bytes.
func TestResumeFromEveryCheckpoint(t *testing.T) {
	p := params(9)
	p.NResamplingSteps, p.SampleSize, p.NIters = 2, 20, 4
	const d = 3
	l := newLevel(t, blobs(1, 250, d, 5), d, 3, p)
	var states []*State
	see := func(st *State) { states = append(states, st) }
	want := l.outcome(t, l.inMemory(t, start(), 2, see))
	l.byPasses(t, start(), 2, 1, false, see)
	phases := map[Phase]bool{}
	for i, st := range states {
		phases[st.Phase] = true
		if st.Finished() {
			continue
		}
		memory := l.outcome(t, l.inMemory(t, roundTrip(t, st), 2, nil))
		passes := l.outcome(t, l.byPasses(t, roundTrip(t, st), 2, uint64(i), true, nil))
		for name, got := range map[string]outcome{"memory": memory, "passes": passes} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("going on in %s from pass %d (%s) differs (-want +got):\n%.1000s", name, st.Pass, st.Phase, diff)
			}
		}
	}
	for _, ph := range []Phase{PhaseSeedUpdate, PhaseSeedDraw, PhaseLloyd, PhaseAssign, PhasePick, PhaseGather} {
		if !phases[ph] {
			t.Errorf("no checkpoint in phase %s was tried", ph)
		}
	}
}

// TestAShardLostOrDoubledIsNoticed.
func TestAShardLostOrDoubledIsNoticed(t *testing.T) {
	l := newLevel(t, blobs(1, 100, 2, 3), 2, 2, params(3))
	st := l.from(t, []float32{0, 0, 1, 1, 2, 2})
	m := l.machine(1, 0)
	for _, shards := range [][]int{{0}, {0, 1, 1}} {
		var p Partial
		for _, i := range shards {
			if err := m.Map(st, i, &p); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := m.Reduce(st, &p); err == nil {
			t.Errorf("shards %v: want an error", shards)
		}
	}
}

// TestALateAttemptIsHarmless: an engine may let a duplicate of a bundle finish
// after the pass, when the run's bounds are gone.
func TestALateAttemptIsHarmless(t *testing.T) {
	l := newLevel(t, blobs(1, 100, 2, 3), 2, 1, params(3))
	st := l.from(t, []float32{0, 0, 1, 1, 2, 2})
	m := l.machine(1, 0)
	_, done := m.assigner(task{st: st, set: l.set, shard: l.set.Shards[0]})
	m.cache.forget()
	done()
}

// TestTornCentroidsAreRefused: zeros of the right length, as a crash of the
// machine leaves them, must not pass for centroids.
func TestTornCentroidsAreRefused(t *testing.T) {
	l := newLevel(t, blobs(1, 100, 2, 3), 2, 1, params(3))
	st := l.from(t, []float32{0, 0, 1, 1, 2, 2})
	b, err := os.ReadFile(st.Centroids.Path)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[len(b)-8:]) // the last centroid
	if err := os.WriteFile(st.Centroids.Path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var p Partial
	err = l.machine(1, 0).Map(st, 0, &p)
	if err == nil || !strings.HasPrefix(err.Error(), st.Centroids.Path+": its content is not what was committed") {
		t.Errorf("got %v want that %s is torn", err, st.Centroids.Path)
	}
}
