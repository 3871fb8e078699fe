"""Compares seedings: time and inertia over many seeds and data sets, as Markdown.

    bench/run.sh seedings            prints the tables of docs/seeding.md

The inertia is relative to the mean of the first method on that data set after 25
iterations; ± is half of a 95 % confidence interval of the mean (t distribution).
"""

import argparse
import json
import statistics
import subprocess

import datasets

METHODS = "kmeans||,kmeans||:1,kmeans||:2,kmeans||cells,kmeans++,sample:10,sample:20,split,split:20,random"
SETS = "tail,minilm,noise,clouds,rings"
T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26, 20: 2.09}  # two-sided, n - 1


def main(build, argv):
    p = argparse.ArgumentParser(prog="seedings", description=__doc__)
    p.add_argument("--seeds", type=int, default=10)
    p.add_argument("--methods", default=METHODS)
    p.add_argument("--data", default=SETS)
    a = p.parse_args(argv)
    program = build()
    for name in a.data.split(","):
        path, n, d, k, unit = datasets.load(name)
        cmd = [program, "-x", path, "-k", str(k), "-seeding", a.methods, "-seeds", str(a.seeds)]
        cmd += ["-checkpoints", "0,10,25", "-iters", "25"] + ["-unit"] * unit
        lines = subprocess.run(cmd, check=True, capture_output=True, text=True).stdout.splitlines()
        table(name, n, d, k, [json.loads(line) for line in lines], a.methods.split(","), a.seeds)


def table(name, n, d, k, rows, methods, seeds):
    by = {m: [r for r in rows if r["seeding"] == m] for m in methods}
    base = statistics.mean(r["inertia"] for r in by[methods[0]])
    t = T95.get(seeds, 1.96)
    print(f"\n**{name}**: n = {n}, d = {d}, k = {k}; 1.0000 = {base:.6g}\n")
    print("| seeding | CPU s (median) | + 25 iterations | inertia at 0 | at 10 | at 25 ± 95 % |")
    print("|---|---|---|---|---|---|")
    for m in methods:
        def mean(i):
            return statistics.mean(r["checkpoints"][i] for r in by[m]) / base

        spread = statistics.stdev(r["inertia"] / base for r in by[m]) if seeds > 1 else 0
        cpu = statistics.median(r["seed_cpu"] for r in by[m])
        total = statistics.median(r["cpu"] for r in by[m])
        label = m.replace("|", "\\|")  # or it would end the cell
        print(
            f"| {label} | {cpu:.3f} | {total:.3f} | {mean(0):.3f} | {mean(1):.4f} "
            f"| {mean(2):.4f} ± {t * spread / seeds**0.5:.4f} |",
            flush=True,
        )
