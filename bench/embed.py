"""Embeds the texts of shared/data with all-MiniLM-L6-v2: embed.py MODEL DATA OUT.npy.

Runs in the environment of get-minilm.sh (onnxruntime, tokenizers).
"""

import json
import os
import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

model, data, out = sys.argv[1:]
texts = []
for name in ("clinc_longtail.jsonl", "clinc_test.jsonl"):
    with open(os.path.join(data, name), encoding="utf-8") as f:
        texts += [json.loads(line)["text"] for line in f]
tokenizer = Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
tokenizer.no_padding()
tokenizer.enable_truncation(256)
ids = [e.ids for e in tokenizer.encode_batch(texts)]
session = onnxruntime.InferenceSession(os.path.join(model, "minilm-l6-v2.onnx"), providers=["CPUExecutionProvider"])
rows = np.zeros((len(ids), 384), np.float32)
order = sorted(range(len(ids)), key=lambda i: (len(ids[i]), i))
for at in range(0, len(order), 64):
    part = order[at : at + 64]
    width = max(len(ids[i]) for i in part)
    tokens, mask = np.zeros((2, len(part), width), np.int64)
    for r, i in enumerate(part):
        tokens[r, : len(ids[i])] = ids[i]
        mask[r, : len(ids[i])] = 1
    feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
    rows[part] = session.run(["sentence_embedding"], feed)[0]
np.save(out, rows)
