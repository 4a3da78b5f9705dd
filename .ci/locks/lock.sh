#!/bin/sh
# Resolve the locks into a folder: `UV=path-of-uv sh .ci/locks/lock.sh FOLDER [arguments for uv]`.
# The largest set is resolved first, and the others take its versions. A lock holds for every system and Python >= 3.11.
set -eu
cd "$(dirname "$0")/../.."
folder=$1
shift
mkdir -p "$folder"
lock() {
  name=$1
  shift
  "$UV" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
    --output-file "$folder/$name.txt" "$@"
}
lock bench pyproject.toml .ci/locks/build.in --extra test --extra bench "$@"
lock test pyproject.toml .ci/locks/build.in --extra test --constraints "$folder/bench.txt" "$@"
lock run pyproject.toml --constraints "$folder/bench.txt" "$@"
lock build .ci/locks/build.in --constraints "$folder/bench.txt" "$@"
# Installed apart, for its pins exclude those of tierwatch (docs/decisions/0133).
lock notices .ci/locks/notices.in "$@"
