"""How a training loader opens each selection, and what the label of each item is."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd


def torch_items(dataset):
    """The items of a torch DataLoader over a map-style data set."""
    from torch.utils.data import DataLoader

    return [item for batch in DataLoader(dataset, batch_size=64, shuffle=False, collate_fn=list) for item in batch]


def images(out, data):
    """Twice: the folder of copies, as torchvision's ImageFolder walks one, and a torch
    Subset of the folder that was there before, by row numbers."""
    from PIL import Image
    from torch.utils.data import Dataset, Subset

    class ImageFolder(Dataset):
        def __init__(self, root):
            self.files = sorted(Path(root).rglob("*.png"), key=lambda p: str(p.relative_to(root)).encode())

        def __len__(self):
            return len(self.files)

        def __getitem__(self, i):
            return np.asarray(Image.open(self.files[i])), self.files[i].parent.name

    copies = torch_items(ImageFolder(out / "files"))
    subset = torch_items(Subset(ImageFolder(data / "images"), np.load(out / "indices.npy").tolist()))
    assert len(copies) == len(subset) and all(a[1] == b[1] and np.array_equal(a[0], b[0]) for a, b in zip(copies, subset))
    return copies


def webdataset(out, data):
    import webdataset as wds

    folder = out / "webdataset"
    shards = [str(folder / s["url"]) for s in json.load(open(folder / "index.json"))["shardlist"]]
    samples = wds.WebDataset(shards, shardshuffle=False).decode("rgb8").to_tuple("jpg", "txt", "json")
    items = [(x, caption.split()[1], about) for x, caption, about in samples]
    assert all(about["caption"] == f"a {label}" for _, label, about in items)
    return [item[:2] for item in items]


def parquet(out, data):
    return hugging_face(out / "hf")


def hugging_face(folder):
    from datasets import load_dataset

    rows = load_dataset(str(folder), split="train")
    names = rows.features["label"].names
    return [(r["text"], names[r["label"]]) for r in torch_items(rows)]


def audio(out, data):
    import soundfile
    from datasets import Audio, load_dataset

    rows = load_dataset(str(out / "hf"), split="train").cast_column("audio", Audio(decode=False))
    return [(soundfile.read(io.BytesIO(r["audio"]["bytes"]))[0], r["id"][0]) for r in torch_items(rows)]


def all_labels(case, data):
    """The label of every row of the input; the selection's own figures need no order."""
    if case == "images":
        return [p.parent.name for p in (data / "images").rglob("*.png")]
    if case == "audio":
        return [p.name[0] for p in (data / "wavs").glob("*.wav")]
    if case == "webdataset":
        return [c.split()[1] for p in data.glob("tars/*.parquet") for c in pd.read_parquet(p)["caption"]]
    return [label for _, label in hugging_face(data / "tables")]
