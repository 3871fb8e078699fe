"""The data of the benchmarks: seeded generators, written once as float32 .npy files.

Each entry of DATA is (n, d, k, unit, generator). The workloads A to D are those of the
kernel study; `longtail` is what text and image embeddings look like (few intrinsic
dimensions, a long tail of cluster sizes, unit length); `minilm` is the real thing.
"""

import json
import os
import subprocess
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.path.join(HERE, "..", "..", "shared")


def mixture(n, d, rng, components, spread, noise=1.0):
    """Gaussian clouds around Gaussian centres: little structure when spread is small."""
    centres = rng.standard_normal((components, d), dtype=np.float32) * np.float32(spread)
    x = centres[rng.integers(components, size=n)]
    return x + np.float32(noise) * rng.standard_normal((n, d), dtype=np.float32)


def longtail(n, d, rng, components=2000, latent=12):
    """Unit vectors: a mixture in 12 dimensions with Zipf sizes, bent into d dimensions by
    a random two-layer tanh network, and a little noise."""
    share = 1 / np.arange(1, components + 1)
    which = rng.choice(components, size=n, p=share / share.sum())
    centres = rng.standard_normal((components, latent))
    z = centres[which] + 0.25 * rng.standard_normal((n, latent))
    first = rng.standard_normal((latent, 64)) / np.sqrt(latent)
    second = rng.standard_normal((64, d)) / 8
    x = np.tanh(np.tanh(1.5 * z @ first) @ second) + 0.02 * rng.standard_normal((n, d))
    return unit(x)


def unit(x):
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def rings(n, d, rng):
    """Two-dimensional: rings, a line and clouds of very different density."""
    t = rng.random(n) * 2 * np.pi
    kind = rng.choice(4, size=n, p=[0.6, 0.25, 0.1, 0.05])
    radius = np.array([0.3, 1.0, 3.0, 0.0])[kind] + np.array([0.02, 0.1, 0.5, 6.0])[kind] * rng.standard_normal(n)
    return np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1).astype(np.float32)


def minilm(n, d, rng):
    """Sentence embeddings of shared/data by all-MiniLM-L6-v2, in the order of the files."""
    get = os.path.join(SHARED, "models", "get-minilm.sh")
    if not os.path.exists(get):
        raise FileNotFoundError("no get-minilm.sh beside this repository: the model cannot be built")
    model = os.path.join(HERE, ".venv", "minilm")
    python = None
    for line in subprocess.run(["bash", get, model], check=True, capture_output=True, text=True).stdout.splitlines():
        if line.startswith("environment"):
            python = os.path.join(line.split()[1], "bin", "python")
    out = os.path.join(model, "embeddings.npy")
    subprocess.run([python, os.path.join(HERE, "embed.py"), model, os.path.join(SHARED, "data"), out], check=True)
    return np.load(out)


DATA = {
    "A": (200_000, 384, 1000, False, lambda n, d, r: mixture(n, d, r, 1000, 0.3)),
    "B": (200_000, 64, 1000, False, lambda n, d, r: mixture(n, d, r, 1000, 0.3)),
    "C": (15_000, 768, 10_000, False, lambda n, d, r: mixture(n, d, r, 1000, 0.3)),
    "D": (1_000_000, 2, 1000, False, rings),
    "longtail": (60_000, 384, 1000, True, longtail),
    "minilm": (12_500, 384, 500, True, minilm),
    # Smaller ones, for the comparison of seedings over many seeds.
    "noise": (20_000, 384, 500, False, lambda n, d, r: mixture(n, d, r, 1000, 0.3)),
    "clouds": (20_000, 64, 500, False, lambda n, d, r: mixture(n, d, r, 400, 1.0)),
    "rings": (40_000, 2, 500, False, rings),
    "tail": (20_000, 384, 500, True, longtail),
}


def load(name, scale=1.0):
    """Path, n, d, k and unit of a data set, generated at the first call. scale < 1 takes
    fewer rows (of C: fewer clusters too)."""
    n, d, k, is_unit, make = DATA[name]
    n = int(n * scale)
    k = min(k, max(2, n * 2 // 3))
    folder = os.path.join(HERE, ".venv", "data")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}-{n}x{d}.npy")
    if not os.path.exists(path):
        x = np.ascontiguousarray(make(n, d, np.random.default_rng(1))[:n], dtype=np.float32)
        np.save(path + ".tmp.npy", x)
        os.replace(path + ".tmp.npy", path)
    n = np.load(path, mmap_mode="r").shape[0]
    return path, n, d, k, is_unit


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps([name, *load(name)]))
