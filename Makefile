# The two commands are `make run` and `make test`; all the set-up a fresh machine needs is inside them.
# What each target does is in scripts/; nothing is decided here.

# A toolchain is never downloaded behind your back; a missing or old one is reported by scripts/setup.sh.
export RUSTUP_AUTO_INSTALL := 0
export PATH := $(HOME)/.cargo/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak live fmt gen notices catalogue package

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: ## Build the app and open its window (on a virtual display when there is none)
	@scripts/run.sh

test: ## Everything CI checks: format, lints, unit, conformance, faults, browser, real window
	@scripts/test.sh

check: ## The quick part of `make test`: format, lints, types, unit tests
	@scripts/check.sh

bench: ## Measure the speed budgets with a release build
	@scripts/bench.sh

soak: ## The fault lane with 200 rounds for each fault point
	@scripts/soak.sh

live: ## Ask every provider whose key is in the environment: answer, stream, tools
	@scripts/live.sh

fmt: ## Format Rust and the UI in place
	@scripts/fmt.sh

gen: ## Write ui/src/gen anew from the Rust types
	@scripts/gen.sh write

notices: ## Write THIRD-PARTY-NOTICES.md anew from the two lock files
	@scripts/setup.sh app tests
	@scripts/ui.sh install
	@python3 scripts/notices.py write

catalogue: ## Write the lists of providers and models anew: PROVIDERS=table.json LITELLM=wheel
	@python3 scripts/catalogue.py "$(PROVIDERS)" "$(LITELLM)"
	@REARVIEW_WRITE_TABLE=1 cargo test -q -p rearview-providers --test observed_requests

package: ## Make a .deb and an .rpm with a release build
	@scripts/package.sh
