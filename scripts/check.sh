#!/usr/bin/env bash
# `make check`: what is worth running before every commit. No server, no browser, no window.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/lanes.sh
source scripts/lanes.sh

required "set-up" scripts/setup.sh app
required "page packages" scripts/ui.sh install
# Daily work goes on without network; `make test` is strict.
scripts/weights.sh || skipped "weights" "not to be had, and with them the tests of the encoder"
lane "format" cargo fmt --all --check
lane "page lint" npm --prefix ui run --silent lint
lane "page types" npm --prefix ui run --silent check
lane "page tests" npm --prefix ui run --silent test
required "page build" scripts/ui.sh build
lane "clippy" cargo clippy --workspace --all-targets -- -D warnings
lane "unit tests" cargo test --workspace --lib --bins
report
