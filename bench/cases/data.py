"""The raw files of the four cases, each with a long tail of known labels.

Pictures are Fashion-MNIST, which Debian packages (`dataset-fashion-mnist`, 70,000
photographs of clothes, 28 x 28, MIT licence); CASES_IMAGES=FOLDER takes those of
a folder of classes instead, such as CIFAR-10's. Texts and sounds are those of
../shared/data. Nothing that is got from elsewhere is committed.

The tail: the class of rank r keeps largest x (1 / ratio)^(r / (classes - 1)) rows,
which is how CIFAR-10-LT is made; which class has which rank is drawn.
"""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
CACHE = ROOT / "bench" / ".venv" / "fashion-mnist"
CLOTHES = ["top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]


def need(path):
    if not path.exists():
        sys.exit(f"cases: {path.name} is absent: this case needs ../shared/data")
    return path


def fashion(part="train"):
    """(N, 28, 28) grey pictures and their class names, in the order of the source."""
    if not any(CACHE.glob("usr/share/datasets/fashion-mnist/*")):
        CACHE.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["apt-get", "download", "-qq", "dataset-fashion-mnist"], cwd=CACHE).returncode:
            sys.exit("cases: apt-get has no dataset-fashion-mnist: give a folder of classes as CASES_IMAGES")
        subprocess.run(["dpkg-deb", "-x", next(CACHE.glob("*.deb")), CACHE], check=True)

    def read(name, header):
        with gzip.open(CACHE / "usr/share/datasets/fashion-mnist" / f"{part}-{name}.gz") as f:
            return np.frombuffer(f.read()[header:], np.uint8)

    return read("images-idx3-ubyte", 16).reshape(-1, 28, 28), np.array(CLOTHES)[read("labels-idx1-ubyte", 8)]


def long_tail(labels, largest, ratio, seed):
    """Row numbers, in a random order, of a long-tailed part of the rows; with fewer rows
    of a class than it should keep, all of them."""
    r = np.random.default_rng(seed)
    classes = r.permutation(np.unique(labels))
    kept = []
    for rank, c in enumerate(classes):
        n = max(1, round(largest * ratio ** (-rank / (len(classes) - 1))))
        kept.append(r.permutation(np.flatnonzero(labels == c))[:n])
    return r.permutation(np.concatenate(kept))


def pictures(scale, ratio=100, seed=7):
    """(class, PIL picture) of a long-tailed set; scale 1 has 6,000 in the largest class."""
    folder = os.environ.get("CASES_IMAGES")
    if folder:
        files = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg"))
        labels = np.array([p.parent.name for p in files])
        largest = np.unique(labels, return_counts=True)[1].max()
        for i in long_tail(labels, round(largest * scale), ratio, seed):
            yield labels[i], Image.open(files[i]).convert("RGB")
        return
    x, labels = fashion()
    for i in long_tail(labels, round(6000 * scale), ratio, seed):
        yield labels[i], Image.fromarray(x[i])


def encoded(picture, kind):
    b = io.BytesIO()
    picture.save(b, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return b.getvalue()


def make_images(data, scale):
    """A folder of classes, CLASS/NUMBER.png."""
    for i, (kind, picture) in enumerate(pictures(scale)):
        path = data / "images" / kind / f"{i:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(picture, "PNG"))


def make_webdataset(data, scale, rows=1000):
    """img2dataset's layout: 00000.tar with jpg, txt and json of each key, 00000.parquet beside it."""
    (data / "tars").mkdir(parents=True)
    tar, table = None, []

    def finish():
        if tar:
            tar.close()
            pd.DataFrame(table).to_parquet(tar.name.replace(".tar", ".parquet"))
            table.clear()

    for i, (kind, picture) in enumerate(pictures(scale)):
        if i % rows == 0:
            finish()
            tar = tarfile.open(data / "tars" / f"{i // rows:05d}.tar", "w")
        key = f"{i // rows:05d}{i % rows:04d}"
        about = {"key": key, "caption": f"a {kind}", "width": picture.width, "height": picture.height, "status": "success"}
        for ext, b in [("jpg", encoded(picture, "JPEG")), ("txt", about["caption"].encode()), ("json", json.dumps(about).encode())]:
            info = tarfile.TarInfo(f"{key}.{ext}")
            info.size = len(b)
            tar.addfile(info, io.BytesIO(b))
        table.append(about)
    finish()


def clinc(ratio=100, seed=7):
    """(texts, intents): CLINC150's tail made steep; the intents keep the ranks they have."""
    with open(need(SHARED / "clinc_longtail.jsonl"), encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    labels = np.array([r["label"] for r in rows])
    names, sizes = np.unique(labels, return_counts=True)
    r, kept = np.random.default_rng(seed), []
    for rank, c in enumerate(names[np.lexsort((names, -sizes))]):
        n = max(1, round(100 * ratio ** (-rank / (len(names) - 1)))) if ratio > 1 else len(rows)
        kept.append(r.permutation(np.flatnonzero(labels == c))[:n])
    kept = r.permutation(np.concatenate(kept))
    return [rows[i]["text"] for i in kept], labels[kept]


def make_parquet(data, scale, parts=3):
    """Hugging Face's data/train-*: columns text and label, a ClassLabel."""
    from datasets import ClassLabel, Dataset, Features, Value

    (data / "tables").mkdir(parents=True)
    texts, labels = clinc()
    texts, labels = texts[: round(len(texts) * scale)], labels[: round(len(labels) * scale)]
    features = Features({"text": Value("string"), "label": ClassLabel(names=sorted(set(labels)))})
    for part in range(parts):
        at = slice(part * len(texts) // parts, (part + 1) * len(texts) // parts)
        Dataset.from_dict({"text": texts[at], "label": list(labels[at])}, features=features).to_parquet(
            data / "tables" / f"train-{part:05d}-of-{parts:05d}.parquet", batch_size=200
        )


def make_audio(data, scale, ratio=20, seed=7):
    """Spoken digits: a digit has from 60 wavs to 3."""
    (data / "wavs").mkdir(parents=True)
    files = sorted(need(SHARED / "fsdd").glob("*.wav"))
    labels = np.array([f.name[0] for f in files])
    for i in long_tail(labels, round(60 * scale), ratio, seed):
        (data / "wavs" / files[i].name).write_bytes(files[i].read_bytes())
