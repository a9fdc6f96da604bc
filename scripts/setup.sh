#!/usr/bin/env bash
# Checks what a build needs and installs missing Debian or Ubuntu packages, saying which first.
# Usage: setup.sh app [display] [tests]. Says nothing and takes a fraction of a second when all is there.
# Toolchains (Rust, Node) are never installed from here: how to get one is the person's choice.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTUP_AUTO_INSTALL=0

problems=()
packages=()
programs=()

# True when version $2 is $1 or newer.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

check_rust() {
  local need have
  need=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
  if ! command -v cargo >/dev/null; then
    problems+=("Rust $need or newer: \`cargo\` is not on the PATH. Get it from https://rustup.rs")
    return
  fi
  # `rustc` may be a rustup proxy without a toolchain behind it, so its answer counts, not its presence.
  have=$(rustc --version 2>/dev/null | awk '{ print $2 }') || have=""
  if [ -z "$have" ]; then
    problems+=("Rust $need or newer: \`rustc --version\` fails. With rustup: rustup default stable")
  elif ! at_least "$need" "$have"; then
    problems+=("Rust $need or newer: this is $have. With rustup: rustup update stable")
  fi
}

check_rust_components() {
  cargo fmt --version >/dev/null 2>&1 || problems+=("rustfmt: rustup component add rustfmt")
  cargo clippy --version >/dev/null 2>&1 || problems+=("clippy: rustup component add clippy")
}

check_node() {
  local need have
  need=$(sed -n 's/.*"node": ">=\([0-9.]*\)".*/\1/p' ui/package.json)
  if ! command -v node >/dev/null; then
    problems+=("Node $need or newer: \`node\` is not on the PATH. Get it from https://nodejs.org")
  else
    have=$(node --version)
    at_least "$need" "${have#v}" || problems+=("Node $need or newer: this is ${have#v}. See https://nodejs.org")
  fi
  command -v npm >/dev/null || problems+=("npm: it comes with Node from https://nodejs.org")
}

for group in "$@"; do
  case $group in
    app)
      check_rust
      check_node
      packages+=(libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev pkg-config build-essential cmake file python3 python3-venv)
      programs+=(cc make cmake pkg-config file python3)
      ;;
    display)
      packages+=(xvfb xauth dbus openbox imagemagick x11-utils)
      programs+=(Xvfb dbus-daemon openbox import xwininfo)
      ;;
    tests)
      check_rust_components
      packages+=(webkit2gtk-driver gnome-keyring)
      programs+=(WebKitWebDriver gnome-keyring-daemon)
      # Any Chromium will do; Ubuntu has it as a snap and under another name.
      if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null &&
        ! command -v google-chrome >/dev/null; then
        packages+=(chromium)
        programs+=(chromium)
      fi
      ;;
    *)
      echo "setup.sh: unknown group \`$group\`" >&2
      exit 2
      ;;
  esac
done

if [ ${#problems[@]} -gt 0 ]; then
  echo "This machine lacks:" >&2
  printf '  - %s\n' "${problems[@]}" >&2
  exit 1
fi

install_packages() {
  local installed missing=() as_root=()
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
    sed -n 's/^installed //p') || true
  for package in "${packages[@]}"; do
    grep -qx "$package" <<<"$installed" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing with apt-get: ${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "No sudo here. As root, run: apt-get install ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

list_missing_programs() {
  local missing=()
  for program in "${programs[@]}"; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  if [ "$(uname -s)" = Linux ] && command -v pkg-config >/dev/null; then
    for library in webkit2gtk-4.1 gtk+-3.0 librsvg-2.0; do
      pkg-config --exists "$library" || missing+=("$library (development files)")
    done
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "This system has no apt-get, so please install these yourself:" >&2
  printf '  - %s\n' "${missing[@]}" >&2
  exit 1
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  install_packages
else
  list_missing_programs
fi
