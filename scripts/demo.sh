#!/usr/bin/env bash
# From a fresh Debian 12 to the paper-trading demo: installs what is missing, builds the release, runs `evenkeel demo`.
# Whatever follows the name is handed to the demo:
#
#   scripts/demo.sh
#   scripts/demo.sh --seconds 20 --json
#
# What is said on the way goes to stderr, so that stdout is the demo's alone.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

{
  scripts/setup.sh --minimal
  say "build: release, $JOBS at a time (build/release; the first time takes a few minutes)"
  started=$SECONDS
  log=$(mktemp)
  if ! cmake --preset release >"$log" 2>&1; then
    cat "$log"
    rm -f "$log"
    die "cmake could not configure the build; what it said is above"
  fi
  rm -f "$log"
  ninja -C build/release -j "$JOBS" evenkeel || die "the build failed; the first error is above"
  say "build: done in $(duration $((SECONDS - started)))"
} >&2

exec build/release/evenkeel demo "$@"
