#!/usr/bin/env bash
# The page: its packages and its build, each skipped when nothing changed since the last time.
# Usage: ui.sh install | build. Called by every target that needs ui/node_modules or ui/dist.
set -euo pipefail
cd "$(dirname "$0")/../ui"

digest() { sha256sum | cut -d ' ' -f 1; }

install() {
  local stamp=node_modules/.stamp now
  now=$(cat package.json package-lock.json | digest)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then return; fi
  echo "ui: npm ci"
  npm ci --no-audit --no-fund
  echo "$now" >"$stamp"
}

# Names and contents of everything that Vite could read, so that a deleted file counts as a change too.
sources() {
  find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | digest
}

build() {
  local stamp=node_modules/.built now
  now=$(sources)
  if [ -f dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$now" ]; then return; fi
  echo "ui: npm run build"
  npm run --silent build
  echo "$now" >"$stamp"
}

case ${1:-} in
  install) install ;;
  build) build ;;
  *)
    echo "usage: ui.sh install | build" >&2
    exit 2
    ;;
esac
