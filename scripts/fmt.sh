#!/usr/bin/env bash
# `make fmt`: formats Rust and the page in place.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh app
scripts/ui.sh install
echo "Formatting Rust and the page"
cargo fmt --all
npm --prefix ui run --silent format
