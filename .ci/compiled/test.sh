#!/bin/sh
# Build the wheel with the compiled core, install it, and run tests against it: `sh .ci/compiled/test.sh python3 PYTHON
# TEST...`, where PYTHON is that of an environment with everything of `.ci/locks/test.txt`.
set -eu
cd "$(dirname "$0")/../.."
new=$1 builder=$2
shift 2
if ! "$builder" .ci/compiled/compiler.py; then
  echo "the compiled core is not tested here"
  exit 0
fi
folder=.locks/compiled
rm -rf "$folder/dist" "$folder/tree"
HATCH_BUILD_HOOK_ENABLE_CUSTOM=true "$builder" -m hatchling build --target wheel --directory "$folder/dist"
python=$PWD/$folder/venv/bin/python
if ! cmp -s .ci/locks/test.txt "$folder/installed.txt"; then
  "$new" -m venv --clear "$folder/venv"
  "$python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .ci/locks/test.txt
  cp .ci/locks/test.txt "$folder/installed.txt"
fi
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index --force-reinstall "$folder"/dist/*.whl
# The tests run in a copy of the repository whose three packages are the installed ones.
mkdir -p "$folder/tree"
git ls-files -z --cached --others --exclude-standard |
  tar --create --null --files-from - | tar --extract --directory "$folder/tree"
site=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["platlib"])')
for package in monitor exporters alerts; do
  rm -rf "${folder:?}/tree/$package"
  ln -s "$site/$package" "$folder/tree/$package"
done
[ ! -e .peers ] || ln -sfn "$PWD/.peers" "$folder/tree/.peers"
export TIERWATCH_DATA="${TIERWATCH_DATA:-$PWD/../shared/data}" # the copy has other folders beside it
export GIT_CEILING_DIRECTORIES="$PWD/$folder" # and is no checkout
cd "$folder/tree"
"$python" -m monitor.cli --version | grep "core: compiled"
"$python" -m pytest -n 2 --dist worksteal "$@"
