// Command kmeans runs seedings and Lloyd's iterations on a .npy file through the
// packages of this module, and prints a line of JSON for each seeding and seed:
// CPU and wall seconds by phase, and the inertia on the way. bench/run.py drives it
// beside the peers; it is no part of the product.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"

	"leveler/internal/npy"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kmeans:", err)
		os.Exit(1)
	}
}

func run() error {
	var (
		path    = flag.String("x", "", "rows: a .npy file of float32")
		k       = flag.Int("k", 1000, "clusters")
		iters   = flag.Int("iters", 25, "at most as many Lloyd iterations")
		seed    = flag.Uint64("seed", 1, "first seed")
		seeds   = flag.Int("seeds", 1, "number of seeds")
		names   = flag.String("seeding", "kmeans||", "seedings, separated by commas; see seedings.go")
		threads = flag.Int("threads", 1, "threads")
		begin   = flag.String("init", "", "a .npy file of initial centroids instead of a seeding")
		out     = flag.String("centroids", "", "write the last centroids here, as .npy")
		points  = flag.String("checkpoints", "", "iterations after which to report the inertia, separated by commas")
		unit    = flag.Bool("unit", false, "the rows are normalised: one-limb sums")
		profile = flag.String("cpuprofile", "", "write a CPU profile of all fits here")
	)
	flag.Parse()
	if *path == "" || flag.NArg() > 0 {
		flag.Usage()
		return errors.New("-x is needed, and no other argument is taken")
	}
	runtime.GOMAXPROCS(*threads)
	x, rows, d, err := read(*path)
	if err != nil {
		return err
	}
	job := job{x: x, n: rows, d: d, k: *k, iters: *iters, threads: *threads, unit: *unit}
	if *points != "" {
		if err := json.Unmarshal([]byte("["+*points+"]"), &job.checkpoints); err != nil {
			return fmt.Errorf("-checkpoints: %w", err)
		}
	}
	var given []float32
	if *begin != "" {
		var ck, cd int
		if given, ck, cd, err = read(*begin); err != nil {
			return err
		}
		if cd != d {
			return fmt.Errorf("%s: %d dimensions, not %d", *begin, cd, d)
		}
		job.k, *names = ck, "given"
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // a profile is no result
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for s := range uint64(*seeds) {
		for name := range strings.SplitSeq(*names, ",") {
			result, centroids, err := job.run(name, *seed+s, given)
			if err != nil {
				return err
			}
			if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
				return err
			}
			if *out != "" {
				if err := write(*out, centroids, d); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func read(path string) (x []float32, rows, dim int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close() //nolint:errcheck // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, 0, 0, err
	}
	return npy.ReadMatrix(f, info.Size())
}

func write(path string, x []float32, dim int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(npy.WriteMatrix(f, x, dim), f.Close())
}
