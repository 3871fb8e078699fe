package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"leveler/internal/store"
)

// On a storage that knows no locks, a lease takes their place: an object that
// its holder renews four times within leaseFor. Its generation, another one with
// every renewal, is the fencing number: a renewal that does not find the one
// before has lost the lease, and before a ledger write (store.Guard) the last
// renewal must be recent. A driver that was stopped for longer, whoever holds
// the lease since, therefore writes nothing any more.

// leaseFor is how long a lease holds without being renewed. Tests shorten it.
var leaseFor = time.Minute

// holder is what a lease says of its holder.
type holder struct {
	Token string `json:"token"` // tells it from all others
	process
	Since  time.Time `json:"since"`
	Beat   int       `json:"beat"` // renewals so far
	Lasts  int64     `json:"seconds"`
	Folder string    `json:"folder"`
}

func (h holder) String() string {
	return fmt.Sprintf("pid %d on %s since %s", h.PID, h.Host, h.Since.UTC().Format(time.RFC3339))
}

// lease is a lease that this process holds, or held.
type lease struct {
	path string

	mu         sync.Mutex
	me         holder
	generation int64
	renewed    time.Time // when the last renewal was begun
	lost       error

	quit chan struct{}
	done chan struct{}
}

// Waiting is called about once a second while a lease that nobody seems to renew
// runs out.
type Waiting func(holder string, left, whole time.Duration)

// takeLease takes the work folder, at once where its last holder gave it up or
// died on this machine, after the lease's end where it died on another.
func takeLease(ctx context.Context, dir string, wait Waiting) (*lease, error) {
	l := &lease{path: store.Join(dir, "lock"), quit: make(chan struct{}), done: make(chan struct{})}
	l.me = holder{Token: rand.Text(), process: thisProcess(), Since: time.Now(), Lasts: int64(leaseFor / time.Second), Folder: dir}
	for {
		b, generation, err := store.ReadGeneration(l.path)
		if err != nil {
			return nil, fmt.Errorf("work.dir: cannot lock: %w", err)
		}
		if generation != 0 {
			var other holder
			if json.Unmarshal(b, &other) != nil {
				other.Folder = dir
			}
			if err := l.outwait(ctx, dir, other, generation, wait); err != nil {
				return nil, err
			}
		}
		l.generation = generation
		err = l.renew(ctx)
		if errors.Is(err, store.ErrChanged) {
			continue // another one was faster, or it was renewed after all
		}
		if err != nil {
			return nil, fmt.Errorf("work.dir: cannot write: %w", err)
		}
		go l.beat()
		return l, nil
	}
}

// outwait returns when the lease of other may be replaced, and an error when
// that one lives.
func (l *lease) outwait(ctx context.Context, dir string, other holder, generation int64, wait Waiting) error {
	refused := fmt.Errorf("%s: another run works in this folder (%s); wait for it to end, or set another work.dir", dir, other)
	left, err := l.left(ctx, other)
	if err != nil {
		return err
	}
	if left <= 0 {
		return nil
	}
	switch other.state() {
	case dead:
		return nil
	case alive:
		return refused
	}
	end := time.Now().Add(left)
	for left > 0 {
		if wait != nil {
			wait(other.String(), left, leaseFor)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(left, max(leaseFor/60, time.Millisecond))):
		}
		left = time.Until(end)
		o, err := store.Stat(l.path)
		if err == nil && o.Generation != generation {
			return refused // it was renewed
		}
	}
	return nil
}

// left is how long the lease of other lasts, by the service's clock alone.
func (l *lease) left(ctx context.Context, other holder) (time.Duration, error) {
	age, err := store.Age(ctx, l.path)
	if err != nil {
		return 0, fmt.Errorf("work.dir: cannot lock: %w", err)
	}
	return max(leaseFor, time.Duration(other.Lasts)*time.Second) - age, nil
}

// renew writes the next heartbeat. Hold l.mu, or be alone.
func (l *lease) renew(ctx context.Context) error {
	begun := time.Now()
	next := l.me
	next.Beat++
	b, err := json.Marshal(next)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, leaseFor)
	defer cancel()
	generation, err := store.Swap(ctx, l.path, l.generation, append(b, '\n'))
	if err != nil {
		return err
	}
	l.me, l.generation, l.renewed = next, generation, begun
	return nil
}

// age is the time since the last renewal. A machine that was suspended stops one
// of the two clocks.
func (l *lease) age() time.Duration {
	return max(time.Since(l.renewed), time.Now().Round(0).Sub(l.renewed.Round(0)))
}

// check implements lock: it renews a lease that is not fresh.
func (l *lease) check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil || l.age() < leaseFor/6 {
		return l.lost
	}
	return l.keep()
}

// keep renews the lease and notes that it is lost. Hold l.mu.
func (l *lease) keep() error {
	err := l.renew(context.Background())
	if !errors.Is(err, store.ErrChanged) {
		return err
	}
	var other holder
	by := "another run"
	if b, generation, err := store.ReadGeneration(l.path); err == nil && generation != 0 && json.Unmarshal(b, &other) == nil {
		by = other.String()
	}
	l.lost = fmt.Errorf("%s: this run stood still for longer than its lease of %v, and another took the folder (%s); it writes nothing any more, start it again when the other has ended", l.me.Folder, leaseFor, by)
	return l.lost
}

// beat renews the lease until it is given up. A fault of the storage is left to
// the next beat, and to the next check.
func (l *lease) beat() {
	defer close(l.done)
	t := time.NewTicker(leaseFor / 4)
	defer t.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-t.C:
			l.mu.Lock()
			if l.lost == nil {
				_ = l.keep()
			}
			l.mu.Unlock()
		}
	}
}

// Close gives the lease up.
func (l *lease) Close() error {
	close(l.quit)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil {
		return nil // it is another's
	}
	ctx, cancel := context.WithTimeout(context.Background(), leaseFor)
	defer cancel()
	return store.RemoveGeneration(ctx, l.path, l.generation)
}
