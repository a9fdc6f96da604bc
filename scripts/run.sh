#!/usr/bin/env bash
# `make run`: sets up, builds the page and the app (dev profile: the first start matters more than the last
# millisecond), and opens the window. Without a display it opens it on a virtual one and keeps a picture.
# REARVIEW_HOME chooses the data folder; RUN_SECONDS=20 ends by itself and fails if no window came.
set -euo pipefail
cd "$(dirname "$0")/.."

headless=false
if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then headless=true; fi

groups=(app)
if $headless; then groups+=(display); fi
scripts/setup.sh "${groups[@]}"
scripts/ui.sh install
scripts/ui.sh build
scripts/weights.sh || echo "Going on without the memory's model."
# --workspace with one binary: the same feature sets as in `make test`, so the two share what they built.
cargo build --workspace --bin rearview
binary=${CARGO_TARGET_DIR:-$PWD/target}/debug/rearview

if $headless; then
  echo "No display here: opening the window on a virtual one. Keys you enter last until you stop it."
  exec scripts/with-desktop.sh scripts/watch-window.sh "$binary" run/window.png
elif [ -n "${RUN_SECONDS:-}" ]; then
  exec scripts/watch-window.sh "$binary"
else
  echo "Opening the window. Ctrl-C ends it."
  exec "$binary"
fi
