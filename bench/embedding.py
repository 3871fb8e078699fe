"""Speed and equality of MiniLM's embeddings, ours against Python's onnxruntime.

    ~/.cache/minilm-venv/bin/python bench/embedding.py MODEL DATA.jsonl [--texts 400] [--rounds 5] [--threads 1,2]

MODEL is a folder that get-minilm.sh filled, in whose environment this runs. Both sides
take the same texts (four lines of DATA each), sort them by length, and run batches of 32
through the same library file's version; Python's intra_op threads against our
threads of one each. Rounds alternate. Prints CPU seconds and wall seconds of the
embedding alone (loading left out), the ratio of ours to Python's speed (min / median of
the rounds' CPU seconds), and how far the vectors are apart.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("data")
parser.add_argument("--texts", type=int, default=400)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", default="1,2")
args = parser.parse_args()
root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
model = os.path.abspath(os.path.expanduser(args.model))

with open(args.data, encoding="utf-8") as f:
    lines = [json.loads(line)["text"] for line in f]
texts = [" ".join(lines[4 * i : 4 * i + 4]) for i in range(min(args.texts, len(lines) // 4))]

tokenizer = Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
tokenizer.no_padding()
tokenizer.enable_truncation(256)


def session(threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(os.path.join(model, "minilm-l6-v2.onnx"), options, providers=["CPUExecutionProvider"])


def embed(s):
    ids = [e.ids for e in tokenizer.encode_batch(texts)]
    rows = np.zeros((len(ids), 384), np.float32)
    order = sorted(range(len(ids)), key=lambda i: (-len(ids[i]), i))
    for at in range(0, len(order), 32):
        part = order[at : at + 32]
        tokens, mask = np.zeros((2, len(part), len(ids[part[0]])), np.int64)
        for r, i in enumerate(part):
            tokens[r, : len(ids[i])] = ids[i]
            mask[r, : len(ids[i])] = 1
        feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        rows[part] = s.run(["sentence_embedding"], feed)[0]
    return rows, sum(map(len, ids)) / len(ids)


def python(s):
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    rows, tokens = embed(s)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return rows, tokens, cpu, time.perf_counter() - start


with tempfile.TemporaryDirectory() as tmp:
    binary = os.path.join(tmp, "embed.test")
    subprocess.run(["go", "test", "-c", "-o", binary, "./transforms/embed"], cwd=root, check=True, env={**os.environ, "CGO_ENABLED": "0"})
    with open(os.path.join(tmp, "texts.json"), "w", encoding="utf-8") as f:
        json.dump(texts, f)
    env = {**os.environ, "LEVELER_MINILM": model, "BENCH_TEXTS": os.path.join(tmp, "texts.json"), "BENCH_OUT": os.path.join(tmp, "out.npy")}
    for threads in map(int, args.threads.split(",")):
        s = session(threads)
        embed(s)
        ours, theirs = [], []
        for _ in range(args.rounds):
            rows, tokens, cpu, wall = python(s)
            theirs.append((cpu, wall))
            out = subprocess.run(
                [binary, "-test.run", "^$", "-test.bench", "^BenchmarkMiniLM$", "-test.benchtime", "1x", "-test.cpu", str(threads)],
                cwd=os.path.join(root, "transforms", "embed"), env=env, check=True, capture_output=True, text=True,
            ).stdout
            fields = next(line for line in out.splitlines() if line.startswith("BenchmarkMiniLM")).split()
            ours.append((float(fields[fields.index("cpu-s") - 1]), float(fields[fields.index("wall-s") - 1])))
        mine = np.load(os.path.join(tmp, "out.npy"))
        cosine = (mine * rows).sum(1) / np.linalg.norm(mine, axis=1) / np.linalg.norm(rows, axis=1)
        print(f"{threads} threads, {len(texts)} texts of {tokens:.1f} tokens, {args.rounds} rounds")
        for name, runs in ("ours", ours), ("Python", theirs):
            for what, values in ("CPU", [r[0] for r in runs]), ("wall", [r[1] for r in runs]):
                print(f"  {name:7s} {what:4s} s  min {min(values):.2f}  median {statistics.median(values):.2f}  texts/s {len(texts) / min(values):.1f}")
        for what, i in ("CPU", 0), ("wall", 1):
            ratio = [p[i] / o[i] for o, p in zip(ours, theirs)]
            least = min(p[i] for p in theirs) / min(o[i] for o in ours)
            print(f"  speed, ours / Python, by {what}: of the minima {least:.2f}, median of the rounds {statistics.median(ratio):.2f}")
        print(f"  1 - cosine at most {1 - cosine.min():.1e}, value apart at most {abs(mine - rows).max():.1e}")
