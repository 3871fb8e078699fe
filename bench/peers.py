"""Leveler beside its peers, interleaved in one run: kernel and endtoend."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

import datasets
from seedings import T95

HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARIES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GOMAXPROCS")
# FAISS's SuperKmeans and superkmeans take no initial centroids, so they are compared end to end only.
WITH_INIT = "leveler,faiss,sklearn-lloyd,sklearn-elkan"
ALL = "leveler,faiss,faiss-super,superkmeans,sklearn-lloyd,sklearn-elkan"


def kernel(build, argv):
    """Identical initial centroids, equal iterations: the inertia must come out equal."""
    a = options("kernel", argv, WITH_INIT, iters=25, runs=3, run_name="reps")
    compare(build, a, own_seeding=False)


def endtoend(build, argv):
    """Each system from its own seeding, over several seeds."""
    a = options("endtoend", argv, ALL, iters=25, runs=10, run_name="seeds")
    compare(build, a, own_seeding=True)


def options(name, argv, systems, iters, runs, run_name):
    p = argparse.ArgumentParser(prog=name)
    p.add_argument("--data", default="longtail", help="names in datasets.py, separated by commas")
    p.add_argument("--threads", default="1", help="thread counts; 0 is all")
    p.add_argument("--systems", default=systems)
    p.add_argument("--seeding", default="kmeans||", help="ours, for endtoend")
    p.add_argument("--iters", type=int, default=iters)
    p.add_argument("--" + run_name, dest="runs", type=int, default=runs)
    p.add_argument("--scale", type=float, default=1.0, help="fraction of the rows")
    p.add_argument("--timeout", type=float, default=600, help="seconds for one run")
    return p.parse_args(argv)


def compare(build, a, own_seeding):
    program = build()
    for name in a.data.split(","):
        try:
            data = datasets.load(name, a.scale)
        except (OSError, subprocess.SubprocessError) as why:
            print(f"\n{name}: skipped, {why}")
            continue
        for threads in (int(t) or os.cpu_count() for t in a.threads.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                measure(program, a, name, data, threads, folder, own_seeding)


def measure(program, a, name, data, threads, folder, own_seeding):
    path, n, d, k, unit = data
    init = None
    if not own_seeding:
        init = os.path.join(folder, "init.npy")
        rows = np.random.default_rng(0).choice(n, k, replace=False)
        np.save(init, np.load(path, mmap_mode="r")[np.sort(rows)])
    systems = a.systems.split(",")
    runs = {s: [] for s in systems}
    for i in range(a.runs):
        for s in systems[i % len(systems) :] + systems[: i % len(systems)]:  # interleaved, and in turn first
            r = one(program, a, s, path, k, unit, i + 1, threads, init, folder)
            if r is None:
                systems = [t for t in systems if t != s]
                continue
            r["inertia"] = evaluate(program, path, r["centroids"])
            runs[s].append(r)
            print(".", end="", file=sys.stderr, flush=True)
    print("", file=sys.stderr)
    what = "own seeding" if own_seeding else "identical initial centroids"
    print(f"\n**{name}**: n = {n}, d = {d}, k = {k}, {a.iters} iterations, {threads} threads, {what}, {a.runs} runs\n")
    print("| system | CPU s min / median | wall s min / median | CPU ratio min / median | inertia ± 95 % |")
    print("|---|---|---|---|---|")
    ours = runs["leveler"]
    base = statistics.mean(r["inertia"] for r in ours)
    for s, rs in runs.items():
        if not rs:
            print(f"| {s} | stopped after {a.timeout:.0f} s | | | |")
            continue

        def both(key, rs=rs):
            v = [r[key] for r in rs]
            return min(v), statistics.median(v)

        cpu, wall, own = both("cpu"), both("wall"), both("cpu", ours)
        inertia = [r["inertia"] / base for r in rs]
        half = T95.get(len(rs), 1.96) * statistics.stdev(inertia) / len(rs) ** 0.5 if len(rs) > 1 else 0
        print(
            f"| {s} | {cpu[0]:.3f} / {cpu[1]:.3f} | {wall[0]:.3f} / {wall[1]:.3f} "
            f"| {cpu[0] / own[0]:.2f} / {cpu[1] / own[1]:.2f} | {statistics.mean(inertia):.5f} ± {half:.5f} |"
        )
    print(f"\nInertia 1 = {base:.8g}, evaluated alike for all: exact distances to the final centroids.", flush=True)


def one(program, a, system, path, k, unit, seed, threads, init, folder):
    """Runs a system once; None when it takes too long."""
    out = os.path.join(folder, "centroids.npy")
    env = os.environ | {v: str(threads) for v in LIBRARIES}
    if system == "leveler":
        cmd = [program, "-x", path, "-k", str(k), "-iters", str(a.iters), "-seed", str(seed)]
        cmd += ["-threads", str(threads), "-centroids", out] + ["-unit"] * unit
        cmd += ["-init", init] if init else ["-seeding", a.seeding]
    else:
        request = {"system": system, "x": path, "k": k, "iters": a.iters, "seed": seed, "threads": threads}
        cmd = [sys.executable, os.path.join(HERE, "peer.py"), json.dumps(request | {"init": init, "out": out})]
    try:
        done = subprocess.run(cmd, env=env, capture_output=True, text=True, timeout=a.timeout, check=True)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{system}: {failed.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) | {"centroids": out}


def evaluate(program, path, centroids):
    cmd = [program, "-x", path, "-init", centroids, "-iters", "0"]
    return json.loads(subprocess.run(cmd, check=True, capture_output=True, text=True).stdout)["inertia"]
