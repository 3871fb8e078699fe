"""Curates many tiny text files, a record each, and reports time and memory.

    python bench/small_files.py 1000000 [FOLDER]

The files, some 20 bytes each, go below FOLDER (default: a temporary folder) and
are removed at the end. Figures are of the run alone, without making the files.
"""

import json
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

WORDS = "apple pear plum grape melon river stone cloud light paper".split()


def main(n, base):
    folder = pathlib.Path(tempfile.mkdtemp(dir=base))
    draw = random.Random(1)
    try:
        subprocess.run(["go", "build", "-o", folder / "curate", "./pipelines/curate"], check=True)
        for i in range(n):
            if i % 1000 == 0:
                part = folder / "in" / f"{i // 1000:04d}"
                part.mkdir(parents=True)
            (part / f"{i % 1000:03d}.txt").write_text(f"{draw.choice(WORDS)} {draw.choice(WORDS)} {i}\n")
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
        sets = ["input.path=in/...", "input.split=file", f"sample.target_size={n // 100}", "levels=[{n_clusters: 200, n_iters: 4}]"]
        subprocess.run([folder / "curate", "run", *[a for s in sets for a in ("-set", s)]], cwd=folder, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        peak = json.loads((folder / "out" / "summary.json").read_text())["execution"]["peak_memory_bytes"]
        print(f"{n} files: {time.time() - start:.0f} s, CPU {after.ru_utime - before.ru_utime:.0f} s user and "
              f"{after.ru_stime - before.ru_stime:.0f} s system, at most {peak / 1e9:.2f} GB")
    finally:
        shutil.rmtree(folder)


main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
