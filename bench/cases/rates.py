"""Rates per core of the four cases, from raw files to the copy of the selection, beside Python's.

    python bench/cases/rates.py CURATE WORK [--cases images,audio] [--rounds 3] [--target 1000]

Both run in turn on one thread, on the same files, with the same number of clusters,
iterations and selected rows; python_case.py is what Python does. CPU seconds, the least
and the median of the rounds. Ours are of the whole process; Python's leave out its
imports. `embeddings` is a run that ends there but for two clusters.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

import data
from cases import ROOT, run

ONE = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GOMAXPROCS")}


def make_texts(folder, scale):
    """60,000 rows, each two texts of CLINC150."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts, _ = data.clinc(1)
    pairs = np.random.default_rng(7).integers(len(texts), size=(round(60000 * scale), 2))
    (folder / "tables").mkdir(parents=True)
    for part, some in enumerate(np.array_split(pairs, 3)):
        pq.write_table(pa.table({"text": [f"{texts[a]}; {texts[b]}" for a, b in some]}), folder / "tables" / f"train-{part:05d}-of-00003.parquet")


def make_sounds(folder, scale):
    """All spoken digits, five times."""
    (folder / "wavs").mkdir(parents=True)
    for f in sorted(data.need(data.SHARED / "fsdd").glob("*.wav")):
        for i in range(max(1, round(5 * scale))):
            (folder / "wavs" / f"{f.stem}_{i}.wav").write_bytes(f.read_bytes())


CASES = {"images": data.make_images, "webdataset": data.make_webdataset, "parquet": make_texts, "audio": make_sounds}


def ours(args, case, here, settings):
    for name in ("work", "out"):
        shutil.rmtree(here / name, ignore_errors=True)
    return run(args.curate.resolve(), ROOT / "configs" / f"{case}.yaml", here, ["resources.threads=1"] + settings)


def python(case, here, target, levels):
    command = [sys.executable, Path(__file__).with_name("python_case.py"), case, here, str(target), json.dumps(levels)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{case}: {done.stderr.strip().splitlines()[-1]}")
    for old in here.glob("python-*"):
        shutil.rmtree(old)
    return json.loads(done.stdout)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("curate", type=Path)
    p.add_argument("work", type=Path)
    p.add_argument("--cases", default=",".join(CASES))
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--target", type=int, default=1000)
    p.add_argument("--scale", type=float, default=1)
    args = p.parse_args()
    os.environ.update(ONE)
    print("CPU seconds, least / median; rows a CPU second; ratio: Python's over ours")
    for case in args.cases.split(","):
        here = args.work.resolve() / case
        if not (here / "made").exists():
            CASES[case](here / "data", args.scale)
            (here / "made").touch()
        levels = [args.target // 2, args.target // 8]
        tree = "levels=[" + ", ".join(f"{{n_clusters: {k}, n_iters: 10}}" for k in levels) + "]"
        embedded, whole, peers = [], [], []
        for _ in range(args.rounds):
            whole.append(ours(args, case, here, [f"sample.target_size={args.target}", tree]))
            peers.append(python(case, here, args.target, levels))
            embedded.append(ours(args, case, here, ["sample.target_size=10", "levels=[{n_clusters: 2, n_iters: 1}]"]))
        rows = peers[0]["rows"]
        print(f"{case:<11} {rows:>6} rows; Python's inputs alone {min(p['inputs'] for p in peers):.2f}")
        for what, mine in (("embeddings", embedded), ("whole", whole)):
            theirs = [p[what] for p in peers]
            a, b = (min(mine), statistics.median(mine)), (min(theirs), statistics.median(theirs))
            print(
                f"  {what:<11} ours {a[0]:6.2f} /{a[1]:6.2f} {rows / a[0]:>8.0f} rows/s   Python {b[0]:6.2f} /{b[1]:6.2f} {rows / b[0]:>8.0f} rows/s"
                f"   ratio {b[0] / a[0]:5.1f} /{b[1] / a[1]:5.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
