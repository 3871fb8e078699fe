"""Measures Leveler's k-means and its peers in one run: see run.sh and README.md."""

import os
import subprocess
import sys

import peers
import seedings

HERE = os.path.dirname(os.path.abspath(__file__))


def build():
    """Builds bench/kmeans and returns the program."""
    program = os.path.join(HERE, ".venv", "bin", "leveler-kmeans")
    subprocess.run(["go", "build", "-o", program, "./kmeans"], cwd=HERE, check=True)
    return program


COMMANDS = {"kernel": peers.kernel, "endtoend": peers.endtoend, "seedings": seedings.main}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: run.sh {'|'.join(COMMANDS)} [options]; each has -h")
    COMMANDS[sys.argv[1]](build, sys.argv[2:])
