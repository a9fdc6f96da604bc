#!/usr/bin/env bash
# The browser lane: Playwright drives the built page on the harness in the system's Chromium.
# Called by test.sh once both are built.
set -euo pipefail
cd "$(dirname "$0")/../tests/browser"
# The lane's packages are the page's, so that there is one lock file; node looks for them from here upwards.
if [ -f package.json ]; then npm ci --no-audit --no-fund; else ln -sfn ../../ui/node_modules node_modules; fi
npx tsc --noEmit -p .
# A run that meets no test must not pass: Playwright fails by itself then.
npx playwright test
