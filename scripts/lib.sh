# shellcheck shell=bash disable=SC2034
# Shared by the scripts: colours when at a terminal, timing, and one way to fail. Sourced, never run.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if [[ -t 1 ]]; then
  BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' PLAIN=$'\e[0m'
else
  BOLD='' RED='' GREEN='' YELLOW='' PLAIN=''
fi

say() { printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$*"; }
warn() { printf '%swarning:%s %s\n' "$YELLOW" "$PLAIN" "$*" >&2; }
die() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$*" >&2
  exit 1
}

# "74" -> "1m14s"
duration() {
  local s=$1
  if ((s >= 60)); then printf '%dm%02ds' $((s / 60)) $((s % 60)); else printf '%ds' "$s"; fi
}

# Compile jobs: a job of ours needs up to about 1 GB, so memory counts as well as cores.
default_jobs() {
  local cores gigabytes
  cores=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo 2>/dev/null || echo 2)
  ((gigabytes < 1)) && gigabytes=1
  ((cores < gigabytes)) && echo "$cores" || echo "$gigabytes"
}
JOBS="${EVENKEEL_JOBS:-$(default_jobs)}"

# Hits across checkouts and build folders need paths relative to the checkout; the limit keeps laptops tidy.
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$ROOT}"
export CCACHE_NOHASHDIR="${CCACHE_NOHASHDIR:-1}"
export NINJA_STATUS="${NINJA_STATUS:-[%f/%t %es] }"
