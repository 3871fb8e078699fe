#!/bin/sh
# Makes the Python environment in which TestPython opens the outputs of runs:
# ~/.cache/leveler-venv, or the folder named as argument. Everything comes from
# package registries; torch and torchvision are Debian's, for the registry's have
# 3 GB of CUDA in them. Where these or streaming cannot be had, their snippets are
# skipped with the reason.
set -eu
venv=${1:-$HOME/.cache/leveler-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check -r "$(dirname "$0")/python.txt"
debian=/usr/lib/python3/dist-packages
if ! "$venv/bin/python" -W ignore -c 'import torch, torchvision' 2>/dev/null; then
	{ apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-torch python3-torchvision; } >/dev/null 2>&1 || true
	# Behind the environment's own packages, so that only what those lack is Debian's.
	echo "$debian" >"$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/debian.pth"
fi
"$venv/bin/python" -c 'import torch' 2>/dev/null || echo "python: no torch: its snippet is skipped" >&2
# Without its dependencies, most of which are clients of clouds: python.txt has
# those that it imports.
"$venv/bin/pip" install -q --disable-pip-version-check --no-deps mosaicml-streaming==0.13.0 || true
"$venv/bin/python" -W ignore -c 'import streaming' 2>/dev/null || echo "python: no mosaicml-streaming: its snippet is skipped" >&2
