"""Label balance of selections against random ones, over data sets, sizes, seeds and settings of the levels.

    python bench/cases/balance.py CURATE WORK [--sets fashion,clinc-minilm] [--targets 0.02,0.1] [--seeds 3] [--levels auto,flat]

A target is a part of the rows. Each row is embedded once, by curate; `ratio` is the
effective number of labels (exp of their entropy) over that of random selections of the
same size (20 draws), as mean ± standard deviation over the seeds; `least` is the
share of labels that the selection has at all, likewise over random's.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

import data
from cases import MINILM, MODEL, balance

# Levels for a target T and n rows.
LEVELS = {
    "auto": lambda T, n: None,
    "flat T/2": lambda T, n: [(T // 2, 1)],
    "flat T": lambda T, n: [(T, 1)],
    "flat T/5": lambda T, n: [(T // 5, 1)],
    "T/2, 3 steps": lambda T, n: [(T // 2, 3), (T // 8, 1)],
    "flat T/2, 3 steps": lambda T, n: [(T // 2, 3)],
    "flat T/2, 10 steps": lambda T, n: [(T // 2, 10)],
    "T, T/4": lambda T, n: [(T, 1), (T // 4, 1)],
    "T/2, T/8": lambda T, n: [(min(T // 2, n // 10), 1), (min(T // 2, n // 10) // 4, 1)],
    "T, T/2": lambda T, n: [(T, 1), (T // 2, 1)],
    "flat T, 3 steps": lambda T, n: [(T, 3)],
    "paper T/5 /10 10 steps": lambda T, n: [(T // 5, 10), (T // 50, 10)],
    "n/5, n/20": lambda T, n: [(n // 5, 1), (n // 20, 1)],
}


def write_lines(path, texts):
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts), encoding="utf-8")


def make_clinc(ratio):
    def make(here):
        texts, labels = data.clinc(ratio)
        write_lines(here / "x.jsonl", texts)
        return labels, ["input.path=x.jsonl"]

    return make


def make_fashion(ratio, seed, scale=1):
    def make(here):
        labels = []
        (here / "x").mkdir(exist_ok=True)
        for i, (kind, picture) in enumerate(data.pictures(scale, ratio, seed)):
            (here / "x" / f"{i:06d}.png").write_bytes(data.encoded(picture, "PNG"))
            labels.append(kind)
        return labels, ["input.kind=images", "input.path=x/..."]

    return make


def make_digits(here):
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    rows = data.long_tail(y, 180, 30, 7)
    np.save(here / "x.npy", x[rows].astype(np.float32))
    return y[rows], ["input.path=x.npy"]


def make_spoken(by):
    """Spoken digits; `by` 0 is a tail of digits."""

    def make(here):
        files = sorted(data.need(data.SHARED / "fsdd").glob("*.wav"))
        labels = np.array([f.name.split("_")[by] for f in files])
        rows = data.long_tail(labels, 60, 20, 7)
        names = []
        (here / "x").mkdir(exist_ok=True)
        for i, row in enumerate(rows):
            (here / "x" / f"{i:04d}.wav").write_bytes(files[row].read_bytes())
            names.append(labels[row])
        return names, ["input.kind=audio", "input.path=x/..."]

    return make


SETS = {
    "fashion 100:1": (make_fashion(100, 7), []),
    "fashion 100:1 b": (make_fashion(100, 8), []),
    "fashion 1000:1": (make_fashion(1000, 9), []),
    "clinc 5:1": (make_clinc(1), []),
    "clinc 100:1": (make_clinc(100), []),
    "clinc 5:1 minilm": (make_clinc(1), MODEL),
    "clinc 100:1 minilm": (make_clinc(100), MODEL),
    "digits 30:1": (make_digits, []),
    "spoken 20:1": (make_spoken(0), []),
}


def curate(args, here, settings):
    command = [args.curate.resolve(), "run", "-config", here / "run.yaml"] + [a for s in settings for a in ("-set", s)]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{here.name}: {done.stderr.strip().splitlines()[-1]}")


def embedded(args, name):
    """The folder with x.npy, the rows, and their labels."""
    here = args.work.resolve() / name.replace(" ", "-").replace(":", "-")
    if not (here / "labels.json").exists():
        here.mkdir(parents=True, exist_ok=True)
        make, embed = SETS[name]
        labels, source = make(here)
        (here / "run.yaml").write_text("sample: {target_size: 10}\n")
        curate(args, here, source + embed + ["work.dir=embedding", "output.dir=embedded"])
        if source != ["input.path=x.npy"]:
            np.save(here / "x.npy", np.concatenate([np.load(p) for p in sorted(here.glob("embedding/embeddings/*.npy"))]))
        (here / "labels.json").write_text(json.dumps([str(l) for l in labels]))
    return here, np.array(json.loads((here / "labels.json").read_text()))


def select(args, here, target, seed, levels, distance):
    settings = ["input.path=x.npy", f"sample.target_size={target}", f"seed={seed}", f"distance={distance}", "output.formats=[npy]"]
    settings += [f"work.dir=work-{distance}", "output.dir=out"]
    if levels:
        keys = "{{n_clusters: {}, n_iters: 10, n_resampling_steps: {}, sample_size: {}, sampling_strategy: c}}"
        n = len(np.load(here / "x.npy", mmap_mode="r"))
        levels = [(min(k, n), steps) for k, steps in levels if k >= 2]
        below = [n] + [k for k, _ in levels]
        settings.append("levels=[" + ", ".join(keys.format(k, steps, max(2, round(below[i] / k / 5)) if steps > 1 else 0) for i, (k, steps) in enumerate(levels)) + "]")
    curate(args, here, settings)
    return np.load(here / "out" / "indices.npy")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("curate", type=Path)
    p.add_argument("work", type=Path)
    p.add_argument("--sets", default=",".join(SETS))
    p.add_argument("--targets", default="0.02,0.06,0.2")
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--levels", default="auto;T/2, T/8;flat T")
    p.add_argument("--distance", default="cosine")
    args = p.parse_args()
    settings = args.levels.split(";")
    print(f"{'rows, selected, random':<44}" + "".join(f"{s:>24}" for s in settings))
    for name in args.sets.split(","):
        if SETS[name][1] and not MINILM.exists():
            print(f"{name}: skipped: no model in {MINILM}")
            continue
        here, labels = embedded(args, name)
        classes = np.unique(labels)
        for part in args.targets.split(","):
            target = max(10, round(len(labels) * float(part)))
            r = np.random.default_rng(1)
            by_chance = np.mean([balance(r.choice(labels, target, replace=False), classes)[[0, 1]] for _ in range(20)], axis=0)
            there = np.mean([len(np.unique(r.choice(labels, target, replace=False))) for _ in range(20)])
            cells = []
            for s in settings:
                chosen = [labels[select(args, here, target, seed, LEVELS[s](target, len(labels)), args.distance)] for seed in range(1, args.seeds + 1)]
                ratio = np.array([balance(c, classes)[0] for c in chosen]) / by_chance[0]
                cells.append(f"{ratio.mean():>11.3f} ±{ratio.std():.3f} {np.mean([len(np.unique(c)) for c in chosen]) / there:5.2f}")
            print(f"{name:<20} {len(labels):>6} {target:>5} {by_chance[0]:>8.2f}  " + "".join(f"{c:>24}" for c in cells), flush=True)


if __name__ == "__main__":
    main()
