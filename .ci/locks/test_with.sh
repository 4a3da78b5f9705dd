#!/bin/sh
# Run the suite with the versions of a folder of locks: `sh .ci/locks/test_with.sh python3 FOLDER`.
set -eu
cd "$(dirname "$0")/../.."
folder=$2
"$1" -m venv --clear "$folder/venv"
python="$folder/venv/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$folder/test.txt"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
"$1" -m venv "$folder/venv/notices"
"$folder/venv/notices/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
  --requirement "$folder/notices.txt"
sh tests/peers/install.sh
unset PYTHONDONTWRITEBYTECODE
"$python" -m pytest -n 6 --dist worksteal
