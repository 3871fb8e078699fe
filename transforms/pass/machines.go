package pass

import (
	"runtime"
	"slices"
	"sync"

	"leveler/internal/fit"
	"leveler/internal/points"
)

// machines keeps what a process remembers between passes: packed centroids and
// the rows' bounds. It is a cache; each machine has one user at a time.
var machines struct {
	sync.Mutex
	idle []*held
}

type held struct {
	key     string
	machine *fit.Machine
}

// keepIdle bounds the machines of other fits that stay in memory.
const keepIdle = 4

var inUse sync.Map // *fit.Machine -> *held

// borrow returns a machine for the passes of p.
func borrow(p Params) (*fit.Machine, error) {
	key := p.Dir
	machines.Lock()
	for i := len(machines.idle) - 1; i >= 0; i-- {
		if h := machines.idle[i]; h.key == key {
			machines.idle = append(machines.idle[:i], machines.idle[i+1:]...)
			machines.Unlock()
			inUse.Store(h.machine, h)
			return h.machine, nil
		}
	}
	machines.idle = nil // a new fit has begun: those of the last are of no use
	machines.Unlock()
	set, err := points.ReadSet(p.Manifest)
	if err != nil {
		return nil, err
	}
	threads := p.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	m := &fit.Machine{Params: p.Fit, Set: set, Dir: p.Dir, Threads: threads, InWorkerBytes: p.InWorkerBytes}
	inUse.Store(m, &held{key, m})
	return m, nil
}

// giveBack returns a machine, nil included, for the next user.
func giveBack(m *fit.Machine) {
	if m == nil {
		return
	}
	v, ok := inUse.LoadAndDelete(m)
	if !ok {
		return
	}
	machines.Lock()
	defer machines.Unlock()
	if len(machines.idle) < keepIdle {
		machines.idle = append(machines.idle, v.(*held))
	}
}

// Forget drops what the process remembers of the fit in dir.
func Forget(dir string) {
	machines.Lock()
	defer machines.Unlock()
	machines.idle = slices.DeleteFunc(machines.idle, func(h *held) bool { return h.key == dir })
}
