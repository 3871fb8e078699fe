"""What a Python user writes for a case: read, decode, embed, two levels of k-means, sample, copy.

    python bench/cases/python_case.py CASE FOLDER TARGET

Libraries: Pillow, webdataset, pyarrow, soundfile and SciPy for the front ends, NumPy and
scikit-learn for the rest; embeddings are of the same kind and size as the built-in ones.
Prints JSON: CPU seconds to the inputs (decoded and resized pictures, log-mel energies,
texts), to the embeddings, and to the end; imports are not counted.
"""

import io
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
import webdataset as wds
from PIL import Image
from scipy.fft import dct, rfft
from scipy.signal import resample_poly
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import HashingVectorizer

MEANS = np.kron(np.eye(8), np.full(8, 1 / 8))  # 64 pixels to the means of 8 cells


def picture(stream):
    return np.asarray(Image.open(stream).convert("RGB").resize((64, 64), Image.Resampling.BOX))


def gradients_and_colours(x):
    """9 directions in 8 x 8 cells, and the mean colours of the cells: (64, 64, 3) to 769."""
    light = x @ np.array([0.299, 0.587, 0.114], np.float32)
    dy, dx = np.gradient(light)
    size, direction = np.hypot(dx, dy), (np.arctan2(dy, dx) % np.pi * (9 / np.pi)).astype(int) % 9
    planes = np.where(direction == np.arange(9)[:, None, None], size, 0)
    cells = MEANS @ planes @ MEANS.T
    cells = cells / (np.linalg.norm(cells, axis=0) + 1)
    colours = MEANS @ (x.transpose(2, 0, 1) - x.mean()) @ MEANS.T
    parts = [cells.ravel(), np.append(colours.ravel(), 24)]
    return np.concatenate([w * p / max(np.linalg.norm(p), 1e-9) for w, p in zip((1, 0.6), parts)]).astype(np.float32)


def mel_filters(bands=40, rate=16000, size=512):
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    edges = 700 * (10 ** (np.linspace(mel(20), mel(rate / 2), bands + 2) / 2595) - 1)
    f = np.arange(size // 2 + 1) * rate / size
    up = (f - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - f) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0, np.minimum(up, down)).astype(np.float32)


FILTERS, WINDOW = mel_filters(), np.hanning(400).astype(np.float32)


def log_mel(stream):
    x, rate = soundfile.read(stream, dtype="float32", always_2d=True)
    x = x.mean(axis=1)
    if rate != 16000:
        divisor = np.gcd(16000, rate)
        x = resample_poly(x, 16000 // divisor, rate // divisor)
    frames = np.lib.stride_tricks.sliding_window_view(x, 400)[::160]
    return np.log(np.abs(rfft(frames * WINDOW, 512)) ** 2 @ FILTERS.T + 1e-6)


def cepstra(mel):
    """Means and standard deviations of 20 coefficients in each quarter: 160 values."""
    c = dct(mel, norm="ortho")[:, 1:21]
    return np.concatenate([[q.mean(0), q.std(0)] for q in np.array_split(c, 4)]).ravel().astype(np.float32)


def inputs(case, folder):
    """What is embedded, and what a copy is made of."""
    if case in ("images", "audio"):
        files = sorted((folder / "data").rglob("*.png" if case == "images" else "*.wav"))
        return [(picture if case == "images" else log_mel)(f) for f in files], files
    if case == "webdataset":
        samples = list(wds.WebDataset(sorted(str(p) for p in folder.glob("data/tars/*.tar")), shardshuffle=False))
        return [picture(io.BytesIO(s["jpg"])) for s in samples], samples
    table = pa.concat_tables(pq.read_table(p) for p in sorted(folder.glob("data/tables/*.parquet")))
    return table.column("text").to_pylist(), table


def embeddings(case, items):
    if case == "parquet":
        return HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=256).transform(items).toarray().astype(np.float32)
    x = np.stack([(cepstra if case == "audio" else gradients_and_colours)(i) for i in items])
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def even(sizes, target, r):
    """A target spread over nodes as evenly as their sizes allow."""
    low, high = 0, int(sizes.max())
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if np.minimum(sizes, middle).sum() <= target else (low, middle - 1)
    cut = np.minimum(sizes, low)
    more = np.flatnonzero(sizes > cut)
    cut[r.permutation(more)[: target - cut.sum()]] += 1
    return cut


def select(x, target, levels):
    r = np.random.default_rng(1)
    of_row, tree, points = None, [], x
    for k in levels:
        fit = KMeans(k, n_init=1, max_iter=10, random_state=1).fit(points)
        tree.append(fit.labels_)
        of_row = fit.labels_ if of_row is None else of_row
        points = fit.cluster_centers_
    sizes = np.bincount(of_row, minlength=levels[0])
    if len(levels) == 1:
        quota = even(sizes, target, r)
    else:
        quota = np.zeros(levels[0], int)
        top = even(np.bincount(tree[1], sizes, minlength=levels[1]).astype(int), target, r)
        for node, q in enumerate(top):
            leaves = np.flatnonzero(tree[1] == node)
            quota[leaves] = even(sizes[leaves], q, r)
    return np.sort(np.concatenate([r.permutation(np.flatnonzero(of_row == leaf))[:q] for leaf, q in enumerate(quota)]))


def copy(case, rows, source, folder):
    out = folder / f"python-{os.getpid()}"
    out.mkdir()
    if case == "images":
        for f in (source[i] for i in rows):
            (out / f.parent.name).mkdir(exist_ok=True)
            os.link(f, out / f.parent.name / f.name)
    elif case == "webdataset":
        with wds.TarWriter(str(out / "00000.tar")) as w:
            for i in rows:
                w.write({k: v for k, v in source[i].items() if k in ("__key__", "jpg", "txt", "json")})
    elif case == "audio":
        pq.write_table(pa.table({"audio": [{"bytes": source[i].read_bytes(), "path": source[i].name} for i in rows]}), out / "train.parquet")
    else:
        pq.write_table(source.take(rows), out / "train.parquet")
    np.save(out / "indices.npy", rows)


def main():
    case, folder, target = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    levels = json.loads(sys.argv[4])
    began = time.process_time()
    items, source = inputs(case, folder)
    read = time.process_time() - began
    x = embeddings(case, items)
    embedded = time.process_time() - began
    copy(case, select(x, target, levels), source, folder)
    print(json.dumps({"rows": len(x), "inputs": read, "embeddings": embedded, "whole": time.process_time() - began}))


if __name__ == "__main__":
    main()
