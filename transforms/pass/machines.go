package pass

import (
	"runtime"
	"sync"

	"leveler/internal/fit"
	"leveler/internal/points"
)

// current is the machine of the fit that this process works on, shared by its
// bundles: packed centroids and the rows' bounds last from pass to pass.
var current struct {
	sync.Mutex
	params  string
	machine *fit.Machine
}

// machine returns the machine for the passes of p.
func machine(p Params) (*fit.Machine, error) {
	p.ReadCache.Use()
	current.Lock()
	defer current.Unlock()
	if key := p.Dir + "\n" + p.Manifest; current.params != key {
		set, err := points.ReadSet(p.Manifest)
		if err != nil {
			return nil, err
		}
		current.params = key
		current.machine = &fit.Machine{Params: p.Fit, Set: set, Dir: p.Dir, Threads: p.Threads, InWorkerBytes: p.InWorkerBytes}
		if p.Threads <= 0 {
			current.machine.Threads = runtime.GOMAXPROCS(0)
		}
	}
	return current.machine, nil
}

// Forget drops what the process remembers.
func Forget() {
	current.Lock()
	defer current.Unlock()
	current.params, current.machine = "", nil
}
