#!/usr/bin/env bash
# Benchmarks against the peers. The first call makes bench/.venv from PyPI.
#
#   bench/run.sh kernel   [--data A,B --threads 1,0 --reps 5 …]  identical initial centroids
#   bench/run.sh endtoend [--data longtail --seeds 10 …]      own seeding, 25 iterations
#   bench/run.sh seedings                                       the tables of docs/seeding.md
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=$here/.venv
if ! "$venv/bin/python" -c 'import faiss, superkmeans, sklearn' 2>/dev/null; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet numpy 'faiss-cpu==1.15.*' 'superkmeans==0.2.*' scikit-learn
fi
PYTHONDONTWRITEBYTECODE=1 exec "$venv/bin/python" "$here/run.py" "$@"
