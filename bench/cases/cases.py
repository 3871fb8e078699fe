"""The four cases of a user, each from raw files to a training loader in one
`curate run`: a long-tailed image folder, an img2dataset-style tar set, a Hugging
Face-style Parquet directory (also with a model) and a folder of wavs.

    python bench/cases/cases.py CURATE WORK [--cases images,parquet] [--targets 300,1000] [--scale 1]

CURATE is the built command, WORK a folder. Labels are only looked at afterwards:
`effective` is exp(entropy of the labels), min and median are rows of a label that
the input has. `random` is the mean of 20 random selections of the same size.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import data
import loaders

ROOT = Path(__file__).resolve().parents[2]
MINILM = Path(os.environ.get("CASES_MINILM", Path.home() / ".cache" / "minilm"))
MODEL = ["embed.kind=onnx", f"embed.model={MINILM}/minilm-l6-v2.onnx", f"embed.runtime_library={MINILM}/libonnxruntime.so", "embed.output=sentence_embedding"]

# case: config, maker, loader, further settings
CASES = {
    "images": ("images", data.make_images, loaders.images, []),
    "webdataset": ("webdataset", data.make_webdataset, loaders.webdataset, []),
    "parquet": ("parquet", data.make_parquet, loaders.parquet, []),
    "parquet+minilm": ("parquet", data.make_parquet, loaders.parquet, MODEL),
    "audio": ("audio", data.make_audio, loaders.audio, []),
}


def balance(labels, classes):
    """Effective number of labels, and the least and the median count of one."""
    counts = np.array([np.count_nonzero(np.asarray(labels) == c) for c in classes])
    p = counts[counts > 0] / counts.sum()
    return np.array([np.exp(-(p * np.log(p)).sum()), counts.min(), np.median(counts)])


def random_balance(labels, size, draws=20):
    r, labels = np.random.default_rng(1), np.asarray(labels)
    classes = np.unique(labels)
    return np.mean([balance(r.choice(labels, size, replace=False), classes) for _ in range(draws)], axis=0)


def run(curate, config, here, settings):
    """One `curate run`; returns its CPU seconds, of the process and all threads."""
    command = [curate, "run", "-config", config] + [a for s in settings for a in ("-set", s)]
    before = os.times()
    done = subprocess.run(command, cwd=here, capture_output=True, text=True)
    after = os.times()
    if done.returncode:
        sys.exit(f"{here.name}: {done.stderr.strip().splitlines()[-1]}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def lines(config):
    return sum(1 for l in config.read_text().splitlines() if l.strip() and not l.strip().startswith("#"))


def prepare(case, work, scale):
    """The folder of a case with its raw files, made once."""
    name, make, _, _ = CASES[case]
    here = work / name
    if not (here / "made").exists():
        make(here / "data", scale)
        (here / "made").touch()
    return here


def main():
    p = argparse.ArgumentParser()
    p.add_argument("curate", type=Path)
    p.add_argument("work", type=Path)
    p.add_argument("--cases", default=",".join(CASES))
    p.add_argument("--targets", default="", help="sizes beside the configuration's own")
    p.add_argument("--scale", type=float, default=1)
    args = p.parse_args()
    print(f"{'case':<15} {'lines':>5} {'rows':>6} {'labels':>6} {'selected':>8}  effective, min and median: all | random | selection        CPU s  wall s")
    for case in args.cases.split(","):
        name, _, load, settings = CASES[case]
        if settings and not MINILM.exists():
            print(f"{case:<15} skipped: no model in {MINILM}")
            continue
        here = prepare(case, args.work.resolve(), args.scale)
        config = ROOT / "configs" / f"{name}.yaml"
        assert lines(config) <= 15
        labels = loaders.all_labels(name, here / "data")
        classes = np.unique(labels)
        for target in [None] + [t for t in args.targets.split(",") if t]:
            out = here / f"out-{case}-{target}"
            places = [f"output.dir={out}", f"work.dir={here}/work-{case}"]
            began = time.monotonic()
            cpu = run(args.curate.resolve(), config, here, places + settings + ([f"sample.target_size={target}"] if target else []))
            seconds = time.monotonic() - began
            items = load(out, here / "data")
            assert len(items) == len(np.load(out / "indices.npy"))
            chosen = [label for _, label in items]
            cells = " | ".join("{:6.2f} {:5.1f} {:6.1f}".format(*b) for b in (balance(labels, classes), random_balance(labels, len(items)), balance(chosen, classes)))
            print(f"{case:<15} {lines(config):>5} {len(labels):>6} {len(classes):>6} {len(items):>8}  {cells}  {cpu:>7.2f} {seconds:>7.1f}", flush=True)


if __name__ == "__main__":
    main()
