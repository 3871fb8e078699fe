"""Reads the files of BenchmarkReadFormats with the libraries Python users have.

    LEVELER_INPUTS=DIR go test ./internal/records -run '^$' -bench ReadFormats -cpu 1
    python bench/inputs.py DIR        # numpy, pyarrow, webdataset

Every record is taken as Python gives it to a training loop: bytes, a str, a
float32 array. Prints MB/s of the file and records/s, by CPU seconds, the best of
five.
"""
import glob
import gzip
import json
import os
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

pa.set_cpu_count(1)
pa.set_io_thread_count(1)


def tar(path):
    import webdataset as wds
    return sum(len(s["jpg"]) > 0 for s in wds.WebDataset(path, shardshuffle=False, empty_check=False))


def lines(path):
    if path.endswith(".zst"):
        stream = pa.input_stream(path, compression="zstd")
        import io
        f = io.TextIOWrapper(stream, encoding="utf-8")
    else:
        f = (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8")
    with f:
        return sum(len(json.loads(line)["text"]) > 0 for line in f)


def table(path):
    n = 0
    for batch in pq.ParquetFile(path).iter_batches(batch_size=1024, use_threads=False):
        if "e" in batch.schema.names:
            e = batch.column("e")
            x = e.flatten().to_numpy(zero_copy_only=False).reshape(len(e), -1)
            ids = batch.column("id").to_pylist()
            n += len(ids) * (x.dtype == np.float32)
        else:
            columns = [c for c in ("image", "text", "id") if c in batch.schema.names]
            n += len(batch.select(columns).to_pylist())
    return n


for path in sorted(glob.glob(os.path.join(sys.argv[1], "*"))):
    name = os.path.basename(path)
    read = tar if ".tar" in name else table if name.endswith(".parquet") else lines
    best = None
    for _ in range(5):
        started = time.process_time()
        n = read(path)
        seconds = time.process_time() - started
        best = min(best or seconds, seconds)
    print(f"{name:20} {os.path.getsize(path) / best / 1e6:8.1f} MB/s {n / best:10.0f} records/s")
