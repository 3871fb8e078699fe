package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"leveler/internal/report"
)

// survive runs curate on the cluster while its driver, its workers and the
// TaskManagers are killed at random moments, and wants these digests in the end.
// The same command goes on after a driver's death.
func (c cluster) survive(t *testing.T, want report.Digests, set ...string) {
	t.Helper()
	const kills = 12
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, seed))
	t.Logf("the kills come from the seed %d", seed)
	dir, began, drivers := t.TempDir(), time.Now(), 1
	d := c.start(t, dir, 2, set...)
	var story []string
	for range kills {
		select {
		case <-d.ended:
		case <-time.After(2*time.Second + time.Duration(random.Int64N(int64(20*time.Second)))):
		}
		if d.hasEnded() {
			break
		}
		at := fmt.Sprintf("%.1f s: ", time.Since(began).Seconds())
		switch random.IntN(3) {
		case 0:
			d.kill()
			if d.wait(t).code != -1 { // it had just ended
				break
			}
			story = append(story, at+"driver")
			drivers++
			d = c.start(t, dir, 2, set...)
		case 1:
			workers := c.workers(t)
			for _, pid := range workers {
				_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
			}
			story = append(story, fmt.Sprintf("%s%d workers", at, len(workers)))
		case 2:
			name := fmt.Sprintf("tm%d", 1+random.IntN(2))
			c.killTaskManager(t, name)()
			story = append(story, at+name)
		}
	}
	d.succeed(t, dir, want)
	t.Logf("%d kills in %.1f s: %s", len(story), time.Since(began).Seconds(), strings.Join(story, ", "))
	c.idle(t)
	suffix := jobSuffix(t, dir)
	for name, states := range c.jobs(t) {
		if strings.HasSuffix(name, suffix) && len(states) > drivers {
			t.Errorf("job %s ran %d times with %d drivers: %v", name, len(states), drivers, states)
		}
	}
}
