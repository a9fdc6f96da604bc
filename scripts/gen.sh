#!/usr/bin/env bash
# The page's types and its map of commands, which Rust tests write to $TS_RS_EXPORT_DIR.
# Usage: gen.sh write (`make gen`: makes them anew in ui/src/gen) | check (compares the folder that a test run
# has just filled with ui/src/gen; called by test.sh). A type that is gone from Rust must go from the page too.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
  write)
    scripts/setup.sh app
    TS_RS_EXPORT_DIR=$(mktemp -d)
    export TS_RS_EXPORT_DIR
    trap 'rm -rf "$TS_RS_EXPORT_DIR"' EXIT
    cargo test --workspace --lib --quiet -- export_ the_typescript_map_is_written
    mkdir -p ui/src/gen
    diff -rq "$TS_RS_EXPORT_DIR" ui/src/gen || true
    find ui/src/gen -mindepth 1 -delete
    cp -r "$TS_RS_EXPORT_DIR"/. ui/src/gen/
    echo "ui/src/gen is made anew: $(find ui/src/gen -type f | wc -l) files"
    ;;
  check)
    if ! diff -r "$TS_RS_EXPORT_DIR" ui/src/gen; then
      echo "ui/src/gen differs from the Rust types. Run: make gen" >&2
      exit 1
    fi
    echo "ui/src/gen is what the Rust types say: $(find ui/src/gen -type f | wc -l) files"
    ;;
  *)
    echo "usage: gen.sh write | check" >&2
    exit 2
    ;;
esac
