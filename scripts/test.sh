#!/usr/bin/env bash
# `make test`: everything CI checks, from a fresh clone, cheap lanes first.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/lanes.sh
source scripts/lanes.sh

# Tests write the page's types; they go to a folder of this run, which the last Rust lane holds against the tree.
TS_RS_EXPORT_DIR=$(mktemp -d)
export TS_RS_EXPORT_DIR
# What runs beside ends with it.
trap 'rm -rf "$TS_RS_EXPORT_DIR"; jobs -p | xargs -r kill 2>/dev/null' EXIT

required "set-up" scripts/setup.sh app display tests
required "page packages" scripts/ui.sh install
lane "weights" scripts/weights.sh
lane "format" cargo fmt --all --check
if command -v shellcheck >/dev/null; then
  lane "shell" shellcheck --severity=warning scripts/*.sh .ci/run
else
  skipped "shell" "shellcheck is not installed"
fi
lane "notices" python3 scripts/notices.py check
required "page build" scripts/ui.sh build

# Most of the page's checks use one core, and at times clippy does too.
beside "clippy" cargo clippy --workspace --all-targets -- -D warnings
lane "page lint" npm --prefix ui run --silent lint
lane "page types" npm --prefix ui run --silent check
lane "page tests" npm --prefix ui run --silent test
joined "clippy"
# The window lane is left out of `cargo test` (it needs a display), and so out of --all-targets.
lane "clippy window" cargo clippy --workspace --test window -- -D warnings
if cargo nextest --version >/dev/null 2>&1; then
  lane "rust examples" cargo test --workspace --doc
  # One server for the whole suite, where nextest would start one for each test.
  lane "conformance" cargo test --workspace --test conformance
  lane "rust tests" cargo nextest run --workspace --no-fail-fast
else
  lane "rust tests" cargo test --workspace --no-fail-fast
fi
rust_tests=$?
# Half a test run writes half the types, which would only repeat its failure in a hundred lines.
if [ $rust_tests -eq 0 ]; then
  lane "types fresh" scripts/gen.sh check
else
  skipped "types fresh" "the tests that write them failed"
fi

required "programs" cargo build --workspace --bins
if [ -d tests/browser ]; then
  lane "browser" scripts/browser.sh
else
  skipped "browser" "no tests/browser"
fi
export REARVIEW_BIN="${CARGO_TARGET_DIR:-$PWD/target}/debug/rearview"
lane "window" scripts/with-desktop.sh cargo test --workspace --test window
report
