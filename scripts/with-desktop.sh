#!/usr/bin/env bash
# Runs one command on a private desktop: a virtual X display, a window manager, a D-Bus session and,
# where gnome-keyring is installed, an unlocked empty keyring that is deleted at the end.
# Usage: with-desktop.sh CMD…   (DESKTOP_SIZE=1440x900). Used by run.sh and the window lane.
# The command's exit code is ours. Everything started here is ended by its process id, also on Ctrl-C.
set -euo pipefail

private=$(mktemp -d "${TMPDIR:-/tmp}/rearview-desktop.XXXXXX")
chmod 700 "$private"
started=()
command_group=""

# The app needs a moment to put its work away; whatever is left after 10 s is ended for good.
end_command() {
  kill -- "-$command_group" 2>/dev/null || return 0
  for ((i = 0; i < 100; i++)); do
    kill -0 -- "-$command_group" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$command_group" 2>/dev/null || true
}

finish() {
  trap - EXIT INT TERM
  if [ -n "$command_group" ]; then end_command; fi
  # Newest first: clients before the bus, the bus before the display.
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill "${started[i]}" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$private"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts a daemon that writes its address to file descriptor 3, and puts that line into `answer`.
start_announced() {
  local name=$1 pipe="$private/announce" reader
  shift
  mkfifo "$pipe"
  # Open for both directions, so that a daemon that dies before it writes cannot block us.
  exec {reader}<>"$pipe"
  rm "$pipe"
  "$@" 3>&"$reader" {reader}>&- >"$private/$name.log" 2>&1 &
  started+=($!)
  if ! read -r -t 20 -u "$reader" answer; then
    echo "with-desktop.sh: \`$name\` did not start:" >&2
    cat "$private/$name.log" >&2
    exit 1
  fi
  exec {reader}>&-
}

start_announced Xvfb Xvfb -displayfd 3 -screen 0 "${DESKTOP_SIZE:-1440x900}x24" -nolisten tcp -noreset
export DISPLAY=":$answer"
unset WAYLAND_DISPLAY

export XDG_RUNTIME_DIR="$private/runtime"
mkdir -m 700 "$XDG_RUNTIME_DIR"
start_announced dbus-daemon dbus-daemon --session --nofork --nopidfile --nosyslog --print-address=3
export DBUS_SESSION_BUS_ADDRESS=$answer

openbox >"$private/openbox.log" 2>&1 &
started+=($!)

if command -v gnome-keyring-daemon >/dev/null; then
  # The keyring lives in the private folder and nowhere else, hence the word that opens it is no secret.
  printf 'private desktop\n' | XDG_DATA_HOME="$private/keyring" \
    gnome-keyring-daemon --unlock --components=secrets >"$private/keyring.log" 2>&1 ||
    echo "with-desktop.sh: no keyring: $(cat "$private/keyring.log")" >&2
fi

# A process group of its own, so that all it started ends with it.
set -m
"$@" &
command_group=$!
set +m
status=0
wait "$command_group" || status=$?
exit "$status"
