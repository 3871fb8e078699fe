#!/bin/sh
# The same configuration gives the same bytes on every instruction set: builds
# curate for GOAMD64=v1 and v3, with -tags noasm and for arm64 (under qemu-user),
# runs each with GOMAXPROCS 1 and 2, and compares the digests of summary.json.
# Cold, the builds take most of the time: Beam is compiled once a target.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
goroot=$(go env GOROOT)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The arm64 program asks for a C library (purego, which loads ONNX Runtime, links
# to it), so the emulator needs one of that architecture.
cross=/usr/aarch64-linux-gnu
emulator() { command -v qemu-aarch64 || command -v qemu-aarch64-static; }
ready() { emulator >/dev/null && [ -e $cross/lib/ld-linux-aarch64.so.1 ]; }
if ! ready; then
	echo "digests: installing qemu-user and libc6-arm64-cross" >&2
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends qemu-user libc6-arm64-cross; } >/dev/null 2>&1 || true
	ready || { echo "digests: qemu-aarch64 or $cross/lib/ld-linux-aarch64.so.1 is missing; install qemu-user and libc6-arm64-cross" >&2; exit 1; }
fi
qemu=$(emulator)

# Clumps of very different sizes, large and small values side by side, and rows
# that repeat: ties, relocations and rounding all happen.
cat >"$tmp/points.go" <<'GO'
package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
)

func main() {
	const n, dim = 6000, 24
	r := rand.New(rand.NewPCG(1, 2))
	head := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", n, dim)
	for (len(head)+11)%64 != 0 {
		head += " "
	}
	b := append([]byte("\x93NUMPY\x01\x00"), byte((len(head)+1)&255), byte((len(head)+1)>>8))
	b = append(append(b, head...), '\n')
	x := make([]float32, dim)
	for i := range n {
		clump := 1 + r.IntN(1+r.IntN(1+r.IntN(40)))
		for j := range x {
			switch {
			case i%11 == 0: // the row before, again
			case clump%5 == 0: // a lattice: ties
				x[j] = float32(r.IntN(2) * clump)
			default:
				x[j] = float32(clump*(j%7)) + float32(r.NormFloat64())*float32(clump)/16
			}
			switch i {
			case 77:
				x[j] = 1e6
			case 78:
				x[j] = 0 // a bad row in cosine: dropped
			}
		}
		for _, v := range x {
			b, _ = binary.Append(b, binary.LittleEndian, v)
		}
	}
	if err := os.WriteFile(os.Args[1], b, 0o644); err != nil {
		panic(err)
	}
}
GO
go run "$tmp/points.go" "$tmp/x.npy"

build() { # name, environment and flags
	name=$1
	shift
	env CGO_ENABLED=0 GOARCH=amd64 "$@" "$tmp/curate-$name" ./pipelines/curate
}
build v1 GOAMD64=v1 go build -o
if grep -q avx2 /proc/cpuinfo; then build v3 GOAMD64=v3 go build -o; fi
build noasm GOAMD64=v1 go build -tags noasm -o
build arm64 GOARCH=arm64 go build -o

two='levels=[{n_clusters: 150, n_iters: 8, n_resampling_steps: 3, sample_size: 8, seeding: random}, {n_clusters: 15, n_iters: 6, n_resampling_steps: 2, sample_size: 4, sampling_strategy: r}]'
run() { # folder, program, arguments: prints the digests
	dir=$1
	program=$2
	shift 2
	mkdir -p "$dir"
	ln -sf "$tmp/x.npy" "$dir/x.npy"
	case $program in *arm64) set -- "$qemu" -L $cross "$program" "$@" ;; *) set -- "$program" "$@" ;; esac
	(cd "$dir" && GOROOT=$goroot "$@" >log 2>&1) || { cat "$dir/log" >&2; exit 1; }
	sed -n '/"digests": {/,/}/p' "$dir/out/summary.json"
}
all() { # name, threads
	program=$tmp/curate-$1
	export GOMAXPROCS=$2
	at=$tmp/run-$1-$2
	for distance in l2 cosine; do
		echo "points, $distance"
		run "$at/$distance" "$program" run -set "input.path=x.npy" -set input.on_bad_row=drop -set "distance=$distance" -set "$two" \
			-set sample.target_size=700 -set sample.multiplier=2
	done
	echo "points, streamed"
	run "$at/streamed" "$program" run -set "input.path=x.npy" -set "$(echo "$two" | sed 's/random/kmeans||/')" \
		-set sample.target_size=700 -set resources.fit_in_worker_bytes=0 -set resources.shard_rows=1700
	echo "text"
	run "$at/text" "$program" run -set "input.path=$goroot/src/strconv/..." -set input.kind=text -set 'input.include=["*.go"]' \
		-set input.on_bad_row=drop -set embed.dim=64 -set distance=cosine -set "$two" -set sample.target_size=500
}

status=0
all v1 2 >"$tmp/want"
if grep -hq '"relocated": *[1-9]' "$tmp"/run-v1-2/*/work/level-1/history.jsonl; then :; else
	echo "digests: no cluster was relocated; the test has lost its point" >&2
	status=1
fi
for name in v1 v3 noasm arm64; do
	[ -x "$tmp/curate-$name" ] || { echo "digests: $name: skipped, this CPU has no AVX2"; continue; }
	for threads in 1 2; do
		[ "$name $threads" != "v1 2" ] || continue
		all "$name" "$threads" >"$tmp/got"
		if diff -u --label "v1, GOMAXPROCS=2" --label "$name, GOMAXPROCS=$threads" "$tmp/want" "$tmp/got"; then
			echo "digests: $name, GOMAXPROCS=$threads: the same"
		else
			status=1
		fi
	done
done
cd "$root"
exit $status
