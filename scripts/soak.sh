#!/usr/bin/env bash
# `make soak`: the fault lane of `make test` with ten times the rounds.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
# shellcheck source=scripts/lanes.sh
source scripts/lanes.sh

export REARVIEW_FAULT_ROUNDS=${REARVIEW_FAULT_ROUNDS:-200}
required "set-up" scripts/setup.sh app tests
required "programs" cargo build --workspace --bins
lane "faults, $REARVIEW_FAULT_ROUNDS rounds" cargo test --workspace --test faults -- --nocapture
report
