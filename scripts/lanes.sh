# shellcheck shell=bash
# Sourced by test.sh, check.sh, bench.sh and soak.sh: runs named steps, times them, and ends with a table.
# What the steps are is said there. A failed lane does not stop the next one, so that one run tells all.

export RUSTUP_AUTO_INSTALL=0
# Incremental state is of no use to a machine that builds once, and doubles what a cache has to hold; nobody opens a
# debugger there, and a panic tells its line without line tables.
if [ "${CI:-}" = true ]; then export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=none; fi

logs=$PWD/target/lanes
rm -rf "$logs"
mkdir -p "$logs"
names=()
results=()
durations=()

# lane NAME CMD…: output goes to the screen and to target/lanes/NAME.log.
lane() {
  local name=$1 began=$SECONDS result=passed
  shift
  printf '\n=== %s: %s\n' "$name" "$*"
  "$@" 2>&1 | tee "$logs/${name// /-}.log" || result=FAILED
  names+=("$name")
  results+=("$result")
  durations+=($((SECONDS - began)))
  [ $result = passed ]
}

# beside NAME CMD…: starts a lane beside those that follow, which go first. `joined NAME` waits for it and tells what it
# said; its time is from its start to its being joined.
declare -A beside_pid=() beside_began=()
beside() {
  local name=$1
  shift
  printf '\n=== %s, beside what follows: %s\n' "$name" "$*"
  nice -n 5 "$@" >"$logs/${name// /-}.log" 2>&1 &
  beside_pid[$name]=$!
  beside_began[$name]=$SECONDS
}

joined() {
  local name=$1 result=passed
  wait "${beside_pid[$name]}" || result=FAILED
  printf '\n=== %s:\n' "$name"
  cat "$logs/${name// /-}.log"
  names+=("$name")
  results+=("$result")
  durations+=($((SECONDS - beside_began[$name])))
  [ $result = passed ]
}

# required NAME CMD…: a lane without which the later ones would only repeat its failure.
required() { lane "$@" || report; }

# skipped NAME WHY: a row in the table, so that what did not run is not taken for what passed.
skipped() {
  names+=("$1")
  results+=("skipped: $2")
  durations+=(0)
}

# Adds up what the test programs themselves say: cargo test, nextest, vitest, Playwright.
tests_counted() {
  cat "$logs"/*.log | sed 's/\x1b\[[0-9;]*m//g' | awk '
    function before(word,   i, n) { n = 0
      for (i = 2; i <= NF; i++) if ($i ~ "^" word "[,;.]?$" && $(i - 1) ~ /^[0-9]+$/) n += $(i - 1)
      return n }
    /^ *Summary \[.*tests? run:/ { gsub(/timed out/, "timed-out"); gsub(/exec failed/, "exec-failed")
      passed += before("passed"); failed += before("failed") + before("timed-out") + before("exec-failed") }
    /^test result: / || /^ *Tests  / { passed += before("passed"); failed += before("failed") }
    /^  [0-9]+ passed( \(|$)/ { passed += $1 }
    /^  [0-9]+ failed$/ { failed += $1 }
    END { printf "%d passed, %d failed\n", passed, failed }'
}

# The names of the tests that failed, as each test program writes them, so that the last lines of a long log name them.
tests_failed() {
  cat "$logs"/*.log | sed 's/\x1b\[[0-9;]*m//g' | awk '
    /^ *(FAIL|TIMEOUT|SIGNAL|SIGABRT|SIGSEGV) \[/ { sub(/^.*\) +/, ""); print }
    /^test .* \.\.\. FAILED$/ || /^ FAIL  / { print }
    /^    \[lane\] › / { sub(/ ─+$/, ""); print }' | sort -u | sed 's/^ */failed test: /'
}

# Prints the table and ends the script: 0 when no lane failed.
report() {
  local i failed=()
  printf '\n%-24s %8s  %s\n' lane time result
  for i in "${!names[@]}"; do
    printf '%-24s %6d s  %s\n' "${names[i]}" "${durations[i]}" "${results[i]}"
    if [ "${results[i]}" = FAILED ]; then failed+=("${names[i]}"); fi
  done
  printf '%-24s %6d s\n' total "$SECONDS"
  tests_counted
  if [ ${#failed[@]} -gt 0 ]; then
    tests_failed
    printf 'failed lane: %s\n' "${failed[@]}"
    exit 1
  fi
  exit 0
}
