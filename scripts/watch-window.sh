#!/usr/bin/env bash
# Starts the app, waits for its window, says where it is, and keeps a picture of the display fresh.
# Usage: watch-window.sh BINARY [PICTURE.png]. Called by run.sh. The app's exit code is ours, except that
# RUN_SECONDS=n ends the app after n seconds with 0. No window within 60 s is a failure.
set -euo pipefail
binary=$1
picture=${2:-}

"$binary" &
app=$!
trap 'kill "$app" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

alive() { kill -0 "$app" 2>/dev/null; }

# A signal must not wait for the pause to end, hence the background sleep.
pause() {
  sleep "$1" &
  wait $! || true
}

window_is_there() {
  # A Wayland session tells nobody which windows there are; a living app has to do there.
  if [ -z "${DISPLAY:-}" ] || ! command -v xwininfo >/dev/null; then return 0; fi
  xwininfo -root -tree 2>/dev/null | grep -q '"Rearview"'
}

# Written aside and moved, so that a viewer never sees half a picture.
take_picture() {
  if [ -z "$picture" ]; then return; fi
  mkdir -p "$(dirname "$picture")"
  if import -silent -window root "png:$picture.new" 2>/dev/null; then mv "$picture.new" "$picture"; fi
}

until window_is_there; do
  if ! alive; then
    status=0
    wait "$app" || status=$?
    echo "The app ended with exit code $status before its window came." >&2
    exit $((status == 0 ? 1 : status))
  fi
  if [ "$SECONDS" -ge 60 ]; then
    echo "No window after 60 s." >&2
    exit 1
  fi
  pause 0.2
done

echo "The window is open${DISPLAY:+ on display $DISPLAY}."
if [ -n "$picture" ]; then
  # One moment for the first paint; the picture is taken again every 5 s anyway.
  pause 2
  take_picture
  echo "  picture   $PWD/$picture (fresh every 5 s)"
  echo "  another   DISPLAY=$DISPLAY import -window root shot.png"
  echo "  browser   the same page without a window: cargo run --bin rearview-harness -- --home DIR"
fi
echo "  data      ${REARVIEW_HOME:-the standard data folder (REARVIEW_HOME=DIR make run chooses another)}"
echo "Ctrl-C ends it."

while alive; do
  if [ -n "${RUN_SECONDS:-}" ] && [ "$SECONDS" -ge "$RUN_SECONDS" ]; then
    take_picture
    kill "$app"
    wait "$app" || true
    echo "Ended after $RUN_SECONDS s, as asked."
    exit 0
  fi
  pause 1
  if ((SECONDS % 5 == 0)); then take_picture; fi
done
wait "$app"
