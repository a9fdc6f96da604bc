#!/usr/bin/env bash
# `make bench`: the speed budgets, measured with a release build. Times are told, never asserted in `make test`.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/lanes.sh
source scripts/lanes.sh

required "set-up" scripts/setup.sh app
lane "bench" cargo run --release -p rearview-tests --bin bench
report
