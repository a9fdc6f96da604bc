#!/usr/bin/env bash
# `make live`: asks every provider whose key stands in the environment, which costs a little, and tells a line
# about each. What is asked, and the variables beside the providers' own, is in crates/providers/tests/live.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh app
export REARVIEW_LIVE=1
exec cargo test --quiet -p rearview-providers --test live -- --ignored --nocapture
