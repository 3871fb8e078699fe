// Package ledger keeps what a run has finished: one manifest per stage, under a
// key made of the stage's version, its parameters and its inputs' digests, so
// that a changed configuration invalidates exactly what depends on it.
package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"leveler/internal/store"
)

// Stage is the manifest of a finished stage.
type Stage struct {
	Name    string          `json:"name"`
	Key     string          `json:"key"`
	Version int             `json:"version"`
	Inputs  []string        `json:"inputs"` // digests
	Params  json.RawMessage `json:"params"`
	// Outputs are all files of the stage; every one was verified when it finished.
	Outputs []store.Ref `json:"outputs"`
	// Result is what later stages need to know.
	Result  json.RawMessage `json:"result"`
	Seconds float64         `json:"seconds"`
}

// Ledger is the ledger of one work folder.
type Ledger struct {
	Dir  string
	lock lock
}

// Open takes the work folder for this process and sweeps what a killed one was
// writing. It is refused when another process works in it, and waits where only
// time can tell.
func Open(ctx context.Context, dir string, wait Waiting) (*Ledger, error) {
	var lock lock
	var err error
	if store.IsRemote(dir) {
		lock, err = takeLease(ctx, dir, wait)
	} else {
		lock, err = lockFolder(dir)
	}
	if err != nil {
		return nil, err
	}
	if err := store.SweepTemporary(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Ledger{Dir: dir, lock: lock}, nil
}

// Close releases the work folder.
func (l *Ledger) Close() error { return l.lock.Close() }

// Check is the store.Guard of everything that only the driver changes: it fails
// when another one has the work folder.
func (l *Ledger) Check() error { return l.lock.check() }

// Publish replaces a public file, unless the work folder was lost.
func (l *Ledger) Publish(path string, write func(io.Writer) error) (store.Ref, error) {
	return store.Publish(path, l.Check, write)
}

// PublishJSON replaces a public file by the JSON of v, unless the work folder was
// lost.
func (l *Ledger) PublishJSON(path string, v any) (store.Ref, error) {
	return l.Publish(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		return e.Encode(v)
	})
}

// Alias gives a committed file a public name, unless the work folder was lost.
func (l *Ledger) Alias(from store.Ref, to string) error { return store.Alias(from, to, l.Check) }

// Remove removes a file, unless the work folder was lost.
func (l *Ledger) Remove(path string) error { return store.Remove(path, l.Check) }

// Plan is a stage that is to be done.
type Plan struct {
	Name    string
	Version int
	Params  any
	Inputs  []string

	params json.RawMessage
	key    string
}

// Key is the digest of the stage's version, parameters and inputs.
func (p *Plan) Key() (string, error) {
	if p.key == "" {
		params, err := json.Marshal(p.Params)
		if err != nil {
			return "", fmt.Errorf("ledger: %s: %w", p.Name, err)
		}
		var inputs []string // null whether they are nil or empty
		b, err := json.Marshal([]any{p.Name, p.Version, json.RawMessage(params), append(inputs, p.Inputs...)})
		if err != nil {
			return "", fmt.Errorf("ledger: %s: %w", p.Name, err)
		}
		sum := sha256.Sum256(b)
		p.params, p.key = params, hex.EncodeToString(sum[:])
	}
	return p.key, nil
}

// Objects is the folder of the stage's files.
func (l *Ledger) Objects(p *Plan) (string, error) {
	key, err := p.Key()
	return store.Join(l.Dir, "objects", p.Name+"-"+key[:min(16, len(key))]), err
}

func (l *Ledger) manifest(key string) string { return store.Join(l.Dir, "stages", key+".json") }

// Forget makes a finished stage one that is to be done again.
func (l *Ledger) Forget(s *Stage) error { return l.Remove(l.manifest(s.Key)) }

// Find returns the manifest of a stage that was finished and whose files are all
// there with their sizes; nil where it is to be done.
func (l *Ledger) Find(p *Plan) (*Stage, error) {
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	b, err := store.ReadFile(l.manifest(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // not finished yet
	}
	if err != nil {
		return nil, err // hours of work must not be redone for a fault of the storage
	}
	s := new(Stage)
	if json.Unmarshal(b, s) != nil || s.Key != p.key {
		return nil, nil //nolint:nilerr // not whole: do the stage again
	}
	for _, ref := range s.Outputs {
		if store.CheckSize(ref) != nil {
			return nil, nil //nolint:nilerr // a file was removed: do the stage again
		}
	}
	return s, nil
}

// Finish verifies every output of a stage, makes them durable, publishes the
// manifest and sweeps what the stage left over.
func (l *Ledger) Finish(p *Plan, outputs []store.Ref, result any, took time.Duration) (*Stage, error) {
	key, err := p.Key()
	if err != nil {
		return nil, err
	}
	for _, ref := range outputs {
		if err := store.CheckDigest(ref); err != nil {
			return nil, fmt.Errorf("stage %s: %w", p.Name, err)
		}
		if err := store.Sync(ref); err != nil {
			return nil, fmt.Errorf("stage %s: %w", p.Name, err)
		}
	}
	r, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("ledger: %s: %w", p.Name, err)
	}
	s := &Stage{
		Name: p.Name, Key: p.key, Version: p.Version, Inputs: p.Inputs, Params: p.params,
		Outputs: outputs, Result: r, Seconds: took.Seconds(),
	}
	if _, err := l.PublishJSON(l.manifest(key), s); err != nil {
		return nil, err
	}
	return s, l.Sweep(p, outputs)
}

// Sweep removes the stage's files that are not among keep.
func (l *Ledger) Sweep(p *Plan, keep []store.Ref) error {
	dir, err := l.Objects(p)
	if err != nil {
		return err
	}
	names, err := store.List(dir)
	if err != nil {
		return err
	}
	kept := make(map[string]bool, len(keep))
	for _, ref := range keep {
		kept[ref.Path] = true
	}
	for _, n := range names {
		if path := store.Join(dir, n); !kept[path] {
			if err := l.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}
