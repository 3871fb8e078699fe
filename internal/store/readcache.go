package store

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// readCache keeps blocks of objects on the machine's disk for the passes after
// the first. A block's name is that of its object, its generation and its place,
// and its content carries a checksum, so that one that is wrong, torn or cut
// short is read from the object again. Several processes share a folder.
type readCache struct {
	dir string // of this run's blocks, below the one that all runs share
	max int64  // bytes of all runs

	mu     sync.Mutex
	looked time.Time // when the folder was looked at
	added  int64     // bytes since then
	full   bool
	oldest time.Time // when what would be evicted next was last used
	off    bool      // the disk refused: go on without
}

// ReadCacheVar names a folder for the read cache, for where the one for
// temporary files is small or is memory.
const ReadCacheVar = "LEVELER_READ_CACHE_DIR"

// shared is the process's cache.
var shared struct {
	sync.Mutex
	cache *readCache
}

// ReadCache says what a worker keeps on its disk of what it reads from buckets.
type ReadCache struct {
	Run   string // its work folder, which tells its blocks from those of others
	Bytes int64  // about the most for all runs and processes of the machine; 0 keeps nothing
}

// Use makes OpenCached keep what it reads from now on.
func (r ReadCache) Use() {
	shared.Lock()
	defer shared.Unlock()
	dir := r.folder()
	switch {
	case r.Bytes <= 0:
		shared.cache = nil
	case shared.cache == nil || shared.cache.dir != dir || shared.cache.max != r.Bytes:
		shared.cache = &readCache{dir: dir, max: r.Bytes}
	}
}

// Drop removes what the run has kept on this machine.
func (r ReadCache) Drop() error {
	err := os.RemoveAll(r.folder())
	_ = os.Remove(readCacheRoot()) // unless other runs keep something
	return err
}

func readCacheRoot() string {
	if dir := os.Getenv(ReadCacheVar); dir != "" {
		return dir
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("leveler-read-cache-%d", os.Getuid()))
}

func (r ReadCache) folder() string {
	sum := sha256.Sum256([]byte(r.Run))
	return filepath.Join(readCacheRoot(), hexDigest(sum[:8]))
}

// OpenCached is Open for a file that will be read again by other passes.
func OpenCached(path string) (File, error) {
	if !IsRemote(path) {
		return Open(path)
	}
	f, err := openGCS(path)
	if err != nil {
		return nil, err
	}
	shared.Lock()
	defer shared.Unlock()
	f.cache = shared.cache
	return f, nil
}

// key identifies a block for ever.
func (f *gcsFile) key(block int64) string {
	return fmt.Sprintf("%s\n%d\n%d", f.path, f.attrs.Generation, block)
}

func (c *readCache) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.dir, hexDigest(sum[:])+".block")
}

func blockSum(key string, b []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(key), castagnoli), castagnoli, b)
}

const touchEvery = time.Minute

// get fills b with a block, if it is there whole.
func (c *readCache) get(f *gcsFile, block int64, b []byte) bool {
	if c == nil {
		return false
	}
	key := f.key(block)
	path := c.path(key)
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	var sum [4]byte
	if err != nil || info.Size() != int64(len(b)+len(sum)) {
		_ = os.Remove(path) // it is of no use to anyone
		return false
	}
	_, err = file.ReadAt(b, 0)
	if err == nil {
		_, err = file.ReadAt(sum[:], int64(len(b)))
	}
	if err != nil || binary.LittleEndian.Uint32(sum[:]) != blockSum(key, b) {
		_ = os.Remove(path)
		return false
	}
	if now := time.Now(); now.Sub(info.ModTime()) > touchEvery {
		_ = os.Chtimes(path, now, now) // used: others go first. A failure costs only that
	}
	return true
}

// missing is how many of n blocks from one on that is not there are not either:
// what one request is to bring.
func (c *readCache) missing(f *gcsFile, block, n int64) int64 {
	if c == nil {
		return n
	}
	for i := int64(1); i < n; i++ {
		if _, err := os.Stat(c.path(f.key(block + i))); err == nil {
			return i
		}
	}
	return n
}

// put keeps a block. What fails here costs only that it is read again.
func (c *readCache) put(f *gcsFile, block int64, b []byte) {
	if c == nil || !c.admits(int64(len(b))) {
		return
	}
	key := f.key(block)
	if err := c.write(c.path(key), b, blockSum(key, b)); err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.off = true
	}
}

func (c *readCache) write(path string, b []byte, sum uint32) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	tmp := temporaryName(c.dir)
	err := os.WriteFile(tmp, binary.LittleEndian.AppendUint32(slices.Clip(b), sum), 0o600)
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}

const (
	// staleAfter is when a block that nobody uses gives way to any other.
	staleAfter = 10 * time.Minute
	// admitOneIn is how many blocks come before one enters a full cache of blocks in
	// use. Every pass reads all blocks in one order: taking each would throw out
	// the very one that is read next, and a cache a little too small would be of
	// no use at all; so it keeps nearly all it has.
	admitOneIn = 16
)

// admits makes room for a block of n bytes, or says that it is not to be kept.
func (c *readCache) admits(n int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off || n > c.max/2 {
		return false
	}
	if c.added+n > c.max/16 || time.Since(c.looked) > touchEvery { // others write here too
		c.evict(n)
		c.looked, c.added = time.Now(), 0
	}
	if c.full && time.Since(c.oldest) < staleAfter && rand.IntN(admitOneIn) != 0 {
		return false
	}
	c.added += n
	return true
}

type cachedBlock struct {
	path string
	size int64
	used time.Time
}

// evict removes the blocks that were not used for longest until the cache has
// room for a sixteenth more and for n, and what killed writers left.
func (c *readCache) evict(n int64) {
	var blocks []cachedBlock
	var total int64
	_ = filepath.WalkDir(filepath.Dir(c.dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // another process removed it meanwhile
		}
		info, err := d.Info()
		switch {
		case err != nil:
		case strings.HasSuffix(path, temporarySuffix):
			if time.Since(info.ModTime()) > staleAfter {
				_ = os.Remove(path)
			}
		default:
			blocks = append(blocks, cachedBlock{path, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil //nolint:nilerr // one that is gone takes no room
	})
	slices.SortFunc(blocks, func(a, b cachedBlock) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path)) })
	room := c.max - max(n, c.max/16)
	c.full = total > room-c.max/16
	for len(blocks) > 0 && total > room {
		if err := os.Remove(blocks[0].path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.off = true
			return
		}
		total -= blocks[0].size
		blocks = blocks[1:]
	}
	if len(blocks) > 0 {
		c.oldest = blocks[0].used
	}
}
