"""The four cases of a user, each from raw files to a training loader in one
`curate run`: a long-tailed image folder, an img2dataset-style tar set, a
Hugging Face-style Parquet directory and a folder of wavs.

    python bench/cases/cases.py CURATE WORK [CASE ...]

CURATE is the built command, WORK an empty folder. Labels are only looked at
afterwards: effective classes is exp(entropy of the labels), for the selection
and as the mean of 20 random selections of its size. Everything is drawn by
seeded code but the wavs, which are those of ../shared/data/fsdd, thinned to a
long tail.
"""

import io
import json
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ["disc", "square", "triangle", "cross", "ring", "stripes", "dots", "checks", "bars", "waves"]
LARGEST, DECAY = 1500, 0.6  # 1500, 900, 540 … 15: a hundred to one


def draw(kind, r):
    """A 64 x 64 picture of one class: shape or texture in random colours, place and size."""
    back, fore = r.integers(0, 256, 3), r.integers(0, 256, 3)
    while abs(back.astype(int) - fore).sum() < 150:
        fore = r.integers(0, 256, 3)
    back, fore = tuple(map(int, back)), tuple(map(int, fore))
    img = Image.new("RGB", (64, 64), back)
    d = ImageDraw.Draw(img)
    x, y, s = r.integers(24, 40), r.integers(24, 40), r.integers(12, 22)
    box, step = [x - s, y - s, x + s, y + s], int(r.integers(8, 14))
    if kind == "disc":
        d.ellipse(box, fill=fore)
    elif kind == "square":
        d.rectangle(box, fill=fore)
    elif kind == "triangle":
        d.polygon([(x, y - s), (x - s, y + s), (x + s, y + s)], fill=fore)
    elif kind == "cross":
        d.rectangle([x - s, y - s // 3, x + s, y + s // 3], fill=fore)
        d.rectangle([x - s // 3, y - s, x + s // 3, y + s], fill=fore)
    elif kind == "ring":
        d.ellipse(box, outline=fore, width=5)
    elif kind == "stripes":
        for i in range(-64, 128, step):
            d.line([(i, 0), (i + 64, 64)], fill=fore, width=3)
    elif kind == "dots":
        for i in range(4, 64, step):
            for j in range(4, 64, step):
                d.ellipse([i - 2, j - 2, i + 2, j + 2], fill=fore)
    elif kind == "checks":
        for i in range(0, 64, step):
            for j in range(0, 64, step):
                if (i // step + j // step) % 2:
                    d.rectangle([i, j, i + step - 1, j + step - 1], fill=fore)
    elif kind == "bars":
        for i in range(0, 64, step):
            d.rectangle([i, 0, i + 3, 63], fill=fore)
    elif kind == "waves":
        for j in range(0, 64, step):
            d.line([(i, j + 4 * np.sin(i / 5)) for i in range(64)], fill=fore, width=3)
    pixels = np.asarray(img).astype(int) + r.integers(-12, 13, (64, 64, 3))
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


def pictures():
    """(class, JPEG) of the whole long-tailed set, in a random order."""
    r = np.random.default_rng(7)
    kinds = np.concatenate([[k] * max(15, int(LARGEST * DECAY**i)) for i, k in enumerate(CLASSES)])
    for kind in r.permutation(kinds):
        b = io.BytesIO()
        draw(str(kind), r).save(b, "JPEG", quality=90)
        yield str(kind), b.getvalue()


def make_images(data):
    for i, (kind, jpeg) in enumerate(pictures()):
        path = data / "images" / kind / f"{i:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg)


def make_webdataset(data):
    """img2dataset's layout: 00000.tar with jpg, txt and json of each key, 00000.parquet beside it."""
    (data / "tars").mkdir(parents=True)
    rows, tar, table = 1000, None, []

    def finish():
        if tar:
            tar.close()
            pd.DataFrame(table).to_parquet(tar.name.replace(".tar", ".parquet"))
            table.clear()

    for i, (kind, jpeg) in enumerate(pictures()):
        if i % rows == 0:
            finish()
            tar = tarfile.open(data / "tars" / f"{i // rows:05d}.tar", "w")
        key = f"{i // rows:05d}{i % rows:04d}"
        about = {"key": key, "caption": f"a {kind}", "width": 64, "height": 64, "status": "success"}
        for ext, b in [("jpg", jpeg), ("txt", about["caption"].encode()), ("json", json.dumps(about).encode())]:
            info = tarfile.TarInfo(f"{key}.{ext}")
            info.size = len(b)
            tar.addfile(info, io.BytesIO(b))
        table.append(about)
    finish()


def make_parquet(data):
    from datasets import ClassLabel, Dataset, Features, Image as ImageFeature

    (data / "tables").mkdir(parents=True)
    all_ = list(pictures())
    features = Features({"image": ImageFeature(), "label": ClassLabel(names=CLASSES)})
    for part in range(3):
        some = all_[part::3]
        Dataset.from_dict({"image": [{"bytes": j, "path": None} for _, j in some], "label": [k for k, _ in some]}, features=features).to_parquet(
            data / "tables" / f"train-{part:05d}-of-00003.parquet", batch_size=200
        )


def make_audio(data):
    """Spoken digits: digit d keeps 60 x 0.7^d of its 60 wavs, three at least."""
    (data / "wavs").mkdir(parents=True)
    r = np.random.default_rng(7)
    for digit in range(10):
        files = sorted((ROOT.parent / "shared/data/fsdd").glob(f"{digit}_*.wav"))
        if not files:
            sys.exit("cases: ../shared/data/fsdd is absent: no audio case")
        for f in r.permutation(files)[: max(3, int(60 * 0.7**digit))]:
            (data / "wavs" / Path(f).name).write_bytes(Path(f).read_bytes())


# How a training loader opens each selection, and what the label of a row is;
# label_of gives that of every row of the input, in row order.


def load_images(out):
    """torchvision's ImageFolder does this; its package is not needed to do it."""
    files = sorted(Path(out, "files").rglob("*.jpg"))
    return [(np.asarray(Image.open(f)), f.parent.name) for f in files]


def load_webdataset(out):
    import webdataset as wds

    shards = [f"{out}/webdataset/" + s["url"] for s in json.load(open(f"{out}/webdataset/index.json"))["shardlist"]]
    data = wds.WebDataset(shards, shardshuffle=False).decode("rgb8").to_tuple("jpg", "txt")
    return [(x, caption.split()[1]) for x, caption in data]


def load_hf(out):
    from datasets import load_dataset

    data = load_dataset(f"{out}/hf", split="train")
    names = data.features["label"].names
    return [(np.asarray(r["image"]), names[r["label"]]) for r in data]


def load_audio(out):
    from datasets import load_dataset, Audio
    import soundfile

    data = load_dataset(f"{out}/hf", split="train").cast_column("audio", Audio(decode=False))
    return [(soundfile.read(io.BytesIO(r["audio"]["bytes"]))[0], r["id"].split("_")[0]) for r in data]


def all_labels(case, data):
    if case == "images":
        return [p.parent.name for p in sorted((data / "images").rglob("*.jpg"))]
    if case == "audio":
        return [p.name.split("_")[0] for p in sorted((data / "wavs").glob("*.wav"))]
    return [kind for kind, _ in pictures()]


CASES = {
    "images": (make_images, load_images),
    "webdataset": (make_webdataset, load_webdataset),
    "parquet": (make_parquet, load_hf),
    "audio": (make_audio, load_audio),
}


def effective(labels):
    p = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(np.exp(-(p * np.log(p)).sum()))


def main():
    curate, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    print(f"{'case':<11} {'lines':>5} {'rows':>6} {'selected':>8} {'classes':>7} {'all':>6} {'random':>7} {'selection':>9} {'seconds':>7}")
    for case in sys.argv[3:] or CASES:
        make, load = CASES[case]
        here = work / case
        data = here / "data"
        make(data)
        config = ROOT / "configs" / f"{case}.yaml"
        lines = [l for l in config.read_text().splitlines() if l.strip() and not l.strip().startswith("#")]
        began = time.monotonic()
        run = subprocess.run([curate, "run", "-config", config], cwd=here, capture_output=True, text=True)
        seconds = time.monotonic() - began
        if run.returncode:
            sys.exit(f"{case}: {run.stderr.strip().splitlines()[-1]}")
        items = load(next((here / "out").iterdir()))
        labels, chosen = all_labels(case, data), [label for _, label in items]
        r = np.random.default_rng(1)
        random = np.mean([effective(r.choice(labels, len(chosen), replace=False)) for _ in range(20)])
        shapes = {np.ndim(x) for x, _ in items}
        assert len(lines) <= 15 and len(shapes) == 1, (lines, shapes)
        print(f"{case:<11} {len(lines):>5} {len(labels):>6} {len(chosen):>8} {len(set(labels)):>7} {effective(labels):>6.2f} {random:>7.2f} {effective(chosen):>9.2f} {seconds:>7.1f}")


if __name__ == "__main__":
    main()
