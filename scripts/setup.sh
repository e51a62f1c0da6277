#!/usr/bin/env bash
# Installs, by name, the Debian 12 packages that building and testing Evenkeel needs. Does nothing, quickly, when they
# are all there. Needs root or sudo only when something is missing.
#
#   scripts/setup.sh             install what is missing
#   scripts/setup.sh --minimal   only what building the program needs, nothing for its tests
#   scripts/setup.sh --check     only say what is missing; exit 1 if anything is
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PACKAGES=(
  # compiler and tools
  g++ cmake ninja-build ccache mold git
  # libraries
  libquickfix-dev libabsl-dev libboost1.74-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev libspdlog-dev
  libpcap-dev libzstd-dev libssl-dev zlib1g-dev
)
TEST_PACKAGES=(
  # the second compiler, with sanitizers, fuzzing, formatting, static checks; llvm-14 has the symbolizer that turns
  # addresses in their reports into names
  clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev llvm-14 lld
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
)

check_only=false minimal=false
for argument in "$@"; do
  case "$argument" in
    --check) check_only=true ;;
    --minimal) minimal=true ;;
    *) die "unknown argument: $argument (known: --minimal, --check)" ;;
  esac
done
$minimal || PACKAGES+=("${TEST_PACKAGES[@]}")

command -v dpkg-query >/dev/null || die "this is not Debian. Evenkeel is built on Debian 12 (bookworm); on another" \
  "system, install the equivalents of: ${PACKAGES[*]}"

# One call for all; a package that was never heard of is simply not in the answer.
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null || true)
missing=()
for package in "${PACKAGES[@]}"; do
  grep -qxF "installed $package" <<<"$installed" || missing+=("$package")
done

if ((${#missing[@]} == 0)); then
  say "setup: all ${#PACKAGES[@]} packages are installed"
  exit 0
fi
say "setup: ${#missing[@]} of ${#PACKAGES[@]} packages are missing: ${missing[*]}"
$check_only && exit 1

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || die "installing packages needs root, and there is no sudo. As root, run:" \
    "apt-get install ${missing[*]}"
  # Without a terminal nobody could type a password, so ask for none there.
  if [[ -t 0 ]]; then as_root=(sudo); else as_root=(sudo -n); fi
  "${as_root[@]}" true || die "sudo refused. As root, run: apt-get install ${missing[*]}"
fi
as_root+=(env DEBIAN_FRONTEND=noninteractive)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null; }

say "setup: asking Debian for its list of packages (apt-get update)"
# A stale third-party source is no reason to stop: whether the packages can be had shows in the next step.
apt update >"$log" 2>&1 || { tail -n 5 "$log" >&2; warn "apt-get update had errors; trying with the list there is"; }

say "setup: installing (apt-get install, this takes a minute or two)"
started=$SECONDS
if ! apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
  tail -n 25 "$log" >&2
  die "apt-get could not install: ${missing[*]}. Its last words are above. Evenkeel expects Debian 12 (bookworm) with" \
    "its main archive among the sources of apt."
fi
say "setup: installed ${#missing[@]} packages in $(duration $((SECONDS - started)))"
