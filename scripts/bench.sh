#!/usr/bin/env bash
# `make bench`: the speed budgets, measured with a release build. Times are told, never asserted in `make test`.
# BENCH_ONLY="enter page" measures some, BENCH_LARGE=1 searches a million messages too, BENCH_QUICK=1 takes few
# samples, BENCH_PROFILE=dev measures the build that is there. BENCH_ONLY=memory is the memory engine alone, and
# BENCH_ONLY=hindsight the engine beside a real server, which nothing else starts. Figures also go to target/bench.json.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/lanes.sh
source scripts/lanes.sh

profile=${BENCH_PROFILE:-release}
folder=$profile
if [ "$profile" = dev ]; then folder=debug; fi

required "set-up" scripts/setup.sh app display tests
required "page packages" scripts/ui.sh install
required "page build" scripts/ui.sh build
required "weights" scripts/weights.sh
required "programs" cargo build --profile "$profile" -p rearview -p rearview-harness -p rearview-cli \
  -p rearview-tests --bin rearview --bin rearview-harness --bin rearview-cli --bin bench
# shellcheck disable=SC2086 # a list of words
lane "bench" scripts/with-desktop.sh "${CARGO_TARGET_DIR:-$PWD/target}/$folder/bench" ${BENCH_ONLY:-}
report
