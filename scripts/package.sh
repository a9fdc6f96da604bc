#!/usr/bin/env bash
# `make package`: a .deb and an .rpm from a release build. PACKAGE_FLAGS=--debug packs the dev build instead.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh app
scripts/ui.sh install
scripts/ui.sh build
scripts/weights.sh
# The model goes in here and not in tauri.conf.json, which every build reads, also one without network.
weights=${CARGO_TARGET_DIR:-$PWD/target}/weights/all-MiniLM-L6-v2
resources=$(printf '{"bundle":{"resources":{"%s/":"weights/all-MiniLM-L6-v2/"}}}' "$weights")
# The bundler is needed here only, so it is fetched here only, at the version of the `tauri` crate's line.
cd src-tauri
# shellcheck disable=SC2086 # flags are meant to be split
npx --yes @tauri-apps/cli@2.12.5 build --bundles deb,rpm --config "$resources" ${PACKAGE_FLAGS:-}
echo "Packages:"
find ../target -path '*/bundle/*' \( -name '*.deb' -o -name '*.rpm' \)
