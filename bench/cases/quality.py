"""10-NN accuracy of the built-in image embedder on Fashion-MNIST, beside that of its pixels.

    python bench/cases/quality.py CURATE WORK [--train 60000] [--test 10000]

A test picture takes the label that most of its ten nearest training pictures have
(ties: the nearer's), by cosine and, for pixels, also by Euclidean distance.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

import data


def embed(curate, work, parts):
    """The embeddings of all pictures, in the order of the parts."""
    if not (work / "done").exists():
        for part, x in parts:
            (work / "x" / part).mkdir(parents=True, exist_ok=True)
            for i, picture in enumerate(x):
                Image.fromarray(picture).save(work / "x" / part / f"{i:06d}.png")
        settings = ["input.kind=images", "input.path=x/...", "sample.target_size=10", "levels=[{n_clusters: 2, n_iters: 1}]"]
        done = subprocess.run([curate, "run"] + [a for s in settings for a in ("-set", s)], cwd=work, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr.strip().splitlines()[-1])
        (work / "done").touch()
    return np.concatenate([np.load(p) for p in sorted(work.glob("work/embeddings/*.npy"))])


def accuracy(x, labels, test, test_labels, cosine, k=10):
    x, test = x.astype(np.float32), test.astype(np.float32)
    if cosine:
        x, test = (a / np.maximum(np.linalg.norm(a, axis=1, keepdims=True), 1e-9) for a in (x, test))
    squares, right = (x * x).sum(1), 0
    for at in range(0, len(test), 500):
        far = squares - 2 * test[at : at + 500] @ x.T
        near = np.argpartition(far, k, axis=1)[:, :k]
        near = np.take_along_axis(near, np.argsort(np.take_along_axis(far, near, 1), axis=1), 1)
        for row, truth in zip(labels[near], test_labels[at : at + 500]):
            names, first, counts = np.unique(row, return_index=True, return_counts=True)
            right += names[np.lexsort((first, -counts))[0]] == truth
    return right / len(test)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("curate", type=Path)
    p.add_argument("work", type=Path)
    p.add_argument("--train", type=int, default=60000)
    p.add_argument("--test", type=int, default=10000)
    args = p.parse_args()
    (x, labels), (test, test_labels) = data.fashion("train"), data.fashion("t10k")
    x, labels, test, test_labels = x[: args.train], labels[: args.train], test[: args.test], test_labels[: args.test]
    args.work.mkdir(parents=True, exist_ok=True)
    e = embed(args.curate.resolve(), args.work.resolve(), [("0", x), ("1", test)])
    print(f"Fashion-MNIST, {len(x)} / {len(test)}, 10-NN")
    for name, a, b, cosine in [
        ("built in, cosine", e[: len(x)], e[len(x) :], True),
        ("pixels, cosine", x.reshape(len(x), -1), test.reshape(len(test), -1), True),
        ("pixels, Euclidean", x.reshape(len(x), -1), test.reshape(len(test), -1), False),
    ]:
        print(f"{name:<20} {accuracy(a, labels, b, test_labels, cosine):.4f}", flush=True)


if __name__ == "__main__":
    main()
