#!/usr/bin/env bash
# Runs simulations of the whole desk: seeds by the thousand, or one of them told in full.
#
#   scripts/simulate.sh --seeds 10000 [--from 1] [--jobs 2] [--steps 2000]
#   scripts/simulate.sh --seed 4711 --trace
#
# BUILD names a build folder that is there already (default: build/release).
set -euo pipefail
cd "$(dirname "$0")/.."

build="${BUILD:-build/release}"
if [[ ! -f "$build/build.ninja" ]]; then
  cmake --preset release -B "$build" >/dev/null
fi
ninja -C "$build" simulate >/dev/null
exec "$build/simulate" "$@"
