#!/usr/bin/env bash
# Installs what is missing, builds Evenkeel in every way that matters, and passes all tests.
#
#   scripts/test.sh                     everything
#   scripts/test.sh --only dev,tidy     these stages
#   scripts/test.sh --skip tsan,fuzz    all but these
#   scripts/test.sh --list              the stages, a line each
#
# The last line counts test cases, each once however many builds ran it: "N passed, N failed[, N skipped]". A stage that
# fails without a failing test case (formatting, say) counts as one failure. Exit status 0 means nothing failed.
#
# Knobs, as environment variables:
#   EVENKEEL_JOBS           compile jobs at a time         (cores, or fewer when memory is short)
#   EVENKEEL_TEST_JOBS      test programs at a time        (the same)
#   EVENKEEL_FUZZ_SECONDS   time for each fuzz target      (10)
#   EVENKEEL_FUZZ_SEED      where the fuzzers' dice start  (1; 0 picks another each time)
#   EVENKEEL_TIDY_SECONDS   no new file is started in the tidy stage after this long (420)
#   EVENKEEL_TSAN_DIRS      test folders run under the thread sanitizer (core feeds fix apps)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

TEST_JOBS="${EVENKEEL_TEST_JOBS:-$JOBS}"
FUZZ_SECONDS="${EVENKEEL_FUZZ_SECONDS:-10}"
FUZZ_SEED="${EVENKEEL_FUZZ_SEED:-1}"
TIDY_SECONDS="${EVENKEEL_TIDY_SECONDS:-420}"
TSAN_DIRS="${EVENKEEL_TSAN_DIRS:-core feeds fix apps}"
SOURCE_DIRS=(core feeds rules fix apps web study bench tests)
TIDY_DIRS=(core rules fix feeds apps)
RESULTS="$ROOT/build/test-results"

declare -A ABOUT=(
  [setup]="install what is missing"
  [format]="clang-format leaves every file as it is"
  [layers]="includes form a star; the deterministic part touches no clock, thread, file ..."
  [dev]="build with g++, run all tests"
  [asan]="build with clang, address and undefined-behaviour sanitizers, run all tests"
  [fuzz]="run each fuzz target ${FUZZ_SECONDS}s from its seeds, under the same sanitizers"
  [tsan]="build with clang and the thread sanitizer, run the tests of: $TSAN_DIRS"
  [bench]="build the release, run every benchmark for a moment"
  [install]="cmake --install the release elsewhere, run it from there"
  [tidy]="clang-tidy over ${TIDY_DIRS[*]}"
)
STAGES=(setup format layers dev asan fuzz tsan bench install tidy)

# --- Arguments ------------------------------------------------------------------------------------------------------

usage() { sed -n '2,/^set -euo/{/^set -euo/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

chosen=("${STAGES[@]}")
check_names() {
  local name
  for name in ${1//,/ }; do [[ -v "ABOUT[$name]" ]] || die "no stage is called '$name' (there are: ${STAGES[*]})"; done
}
while (($#)); do
  case "$1" in
    --only | --skip)
      (($# >= 2)) || die "$1 wants stages, separated by commas"
      check_names "$2"
      keep=()
      for name in "${STAGES[@]}"; do
        if [[ ",$2," == *",$name,"* ]]; then
          [[ "$1" == --only ]] && keep+=("$name")
        else
          [[ "$1" == --skip ]] && keep+=("$name")
        fi
      done
      chosen=("${keep[@]}")
      shift 2
      ;;
    --list)
      for name in "${STAGES[@]}"; do printf '%-8s %s\n' "$name" "${ABOUT[$name]}"; done
      exit 0
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) die "unknown argument: $1 (try --help)" ;;
  esac
done

# --- Building and running -------------------------------------------------------------------------------------------

# At a terminal ninja keeps to one line by itself. Elsewhere: a line for every twentieth of the way, and whatever the
# compiler had to say.
progress() {
  if [[ -t 1 ]]; then
    cat
    return
  fi
  # In bash, because Debian's awk would hold lines back until it has a block of them.
  local line step last=0
  while IFS= read -r line; do
    if [[ "$line" =~ ^\[([0-9]+)/([0-9]+)\ ([0-9]+) ]]; then
      step=$((20 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      ((step > last)) && echo "    ${BASH_REMATCH[1]} of ${BASH_REMATCH[2]}, $(duration "${BASH_REMATCH[3]}")"
      last=$step
    elif [[ ! "$line" =~ ^(ninja:\ (no\ work|Entering)|--\ ) ]]; then
      printf '%s\n' "$line"
    fi
  done
}

# build PRESET TARGET...
build() {
  local preset=$1 log
  shift
  log="$RESULTS/configure-$preset.log"
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log"
    return 1
  fi
  echo "    building $preset: ${*:-everything}"
  ninja -C "build/$preset" -j "$JOBS" -k 20 "$@" | progress
}

has_target() { ninja -C "build/$1" -t targets all 2>/dev/null | grep "^$2: " >/dev/null; }

# run_ctest STAGE PRESET CTEST-ARGUMENT...: the test programs' own reports go to $RESULTS/STAGE/, and so does the word
# of ctest about each program, which knows of crashes and time-outs.
run_ctest() {
  local stage=$1 preset=$2
  shift 2
  rm -rf "${RESULTS:?}/$stage"
  mkdir -p "$RESULTS/$stage"
  GTEST_OUTPUT="xml:$RESULTS/$stage/" ctest --test-dir "build/$preset" -j "$TEST_JOBS" --output-on-failure \
    --no-tests=error --output-junit "$RESULTS/$stage/ctest.junit" "$@" |
    awk '
      /^Internal ctest|^Test project|^ *Start +[0-9]+:|^$/ { next }
      /^Label Time Summary/ { skip = 1 }
      /^Total Test time/ { skip = 0 }
      skip { next }
      # Of a program that failed, the cases that passed are noise; one that began and never ended is the clue.
      /^\[ RUN      \]/ { held = $0; next }
      /^\[       OK \]|^\[-----/ { held = ""; next }
      { if (held != "") print "    " held; held = ""; sub(/^ */, "    "); print; fflush() }'
}

stage_setup() { scripts/setup.sh; }

stage_format() {
  local files
  mapfile -t files < <(find "${SOURCE_DIRS[@]}" -type f \( -name '*.hpp' -o -name '*.cpp' \) 2>/dev/null | sort)
  echo "    ${#files[@]} files"
  printf '%s\0' "${files[@]}" | xargs -0 -r -n 40 -P "$JOBS" clang-format-14 --dry-run --Werror ||
    {
      echo "    to put it right: clang-format-14 -i FILE"
      return 1
    }
}

stage_layers() {
  build dev layers_tests || return
  run_ctest layers dev -R '^layers_tests$'
}

stage_dev() {
  build dev evenkeel tests || return
  run_ctest dev dev -LE bench
}

stage_asan() {
  build asan-ubsan || return
  run_ctest asan asan-ubsan -LE bench
}

stage_tsan() {
  local dir targets=()
  cmake --preset tsan >"$RESULTS/configure-tsan.log" 2>&1 || { cat "$RESULTS/configure-tsan.log"; return 1; }
  for dir in $TSAN_DIRS; do has_target tsan "${dir}_tests" && targets+=("${dir}_tests"); done
  ((${#targets[@]})) || { echo "    none of these tests exists"; return 1; }
  build tsan "${targets[@]}" || return
  run_ctest tsan tsan -R "^($(IFS='|'; echo "${targets[*]}"))\$"
}

fuzz_one() {
  local name=$1 out="$RESULTS/fuzz/$1"
  rm -rf "$out"
  mkdir -p "$out/corpus"
  cp -r "tests/fuzz/corpus/$name/." "$out/corpus/" 2>/dev/null || { echo "    $name: no seeds in tests/fuzz/corpus/$name"; return 1; }
  if "build/asan-ubsan/${name}_fuzz" -max_total_time="$FUZZ_SECONDS" -seed="$FUZZ_SEED" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$out/" -print_final_stats=1 "$out/corpus" >"$out/log" 2>&1; then
    echo "    $name: $(awk '/number_of_executed_units/ {print $2}' "$out/log") inputs, nothing found"
  else
    tail -n 60 "$out/log"
    echo "    $name: FAILED; the input is in $out/"
    return 1
  fi
}

stage_fuzz() {
  local names
  mapfile -t names < <(find tests/fuzz -maxdepth 1 -name '*_fuzz.cpp' -printf '%f\n' 2>/dev/null | sed 's/_fuzz\.cpp$//' | sort)
  ((${#names[@]})) || { echo "    there are no fuzz targets"; return 1; }
  build asan-ubsan fuzzers || return
  export -f fuzz_one
  export RESULTS FUZZ_SECONDS FUZZ_SEED
  printf '%s\n' "${names[@]}" | xargs -P "$JOBS" -I{} bash -c 'set -uo pipefail; fuzz_one {}'
}

stage_bench() {
  build release evenkeel benches || return
  run_ctest bench release -L bench
}

stage_install() {
  local prefix version
  build release evenkeel || return
  prefix=$(mktemp -d)
  cmake --install build/release --prefix "$prefix" >"$RESULTS/install.log" || { rm -rf "$prefix"; return 1; }
  version=$(cd / && env -i PATH=/usr/bin:/bin "$prefix/bin/evenkeel" --version </dev/null) || { rm -rf "$prefix"; return 1; }
  echo "    $(find "$prefix" -type f | wc -l) files installed; evenkeel --version says: $version"
  rm -rf "$prefix"
}

# A file is checked again when it, a header of ours that it includes, or .clang-tidy has changed since it passed.
tidy_one() {
  local file=$1 key stamp
  key=$(clang++-14 -std=c++20 -I. -Ibuild/asan-ubsan/generated -MM -MG "$file" 2>/dev/null | tr -d '\\' | tr ' ' '\n' |
    sed '/:$/d;/^$/d;/^\/usr/d' | sort -u | xargs -r cat .clang-tidy 2>/dev/null | sha256sum | cut -c1-40)
  stamp="build/tidy-cache/$key"
  if [[ -e "$stamp" ]]; then
    echo cached
  elif (($(date +%s) > TIDY_DEADLINE)); then
    echo "late $file"
  elif clang-tidy-14 -p build/asan-ubsan --quiet "$file" >"$stamp.$$" 2>/dev/null; then
    mv "$stamp.$$" "$stamp"
    echo checked
  else
    cat "$stamp.$$"
    rm -f "$stamp.$$"
    echo "FAILED $file"
  fi
}

stage_tidy() {
  local files out
  cmake --preset asan-ubsan >"$RESULTS/configure-asan-ubsan.log" 2>&1 || { cat "$RESULTS/configure-asan-ubsan.log"; return 1; }
  mkdir -p build/tidy-cache
  # Files that changed lately come first, in case time runs out.
  mapfile -t files < <({
    git diff --name-only HEAD 2>/dev/null || true
    git log -n 5 --name-only --pretty=format: 2>/dev/null || true
    find "${TIDY_DIRS[@]}" -name '*.cpp' 2>/dev/null | sort
  } | grep -E "^($(IFS='|'; echo "${TIDY_DIRS[*]}"))/.*\.cpp$" | awk '!seen[$0]++' |
    while read -r file; do [[ -e "$file" ]] && echo "$file"; done)
  export -f tidy_one
  export TIDY_DEADLINE=$(($(date +%s) + TIDY_SECONDS))
  out="$RESULTS/tidy.log"
  printf '%s\n' "${files[@]}" | xargs -P "$JOBS" -I{} bash -c 'set -uo pipefail; tidy_one {}' >"$out" || true
  grep -vE '^(cached|checked|late .*|FAILED .*)$' "$out" || true
  echo "    ${#files[@]} files: $(grep -cx checked "$out" || true) checked," \
    "$(grep -cx cached "$out" || true) unchanged since they passed," \
    "$(grep -c '^late ' "$out" || true) left for another time (EVENKEEL_TIDY_SECONDS=$TIDY_SECONDS)"
  ! grep '^FAILED ' "$out"
}

# --- Counting -------------------------------------------------------------------------------------------------------

# Every test case of every stage, a line each: passed|failed|skipped, a tab, program.suite.case.
cases() {
  local report program
  for report in "$RESULTS"/*/*.xml; do
    [[ -e "$report" ]] || continue
    program=$(basename "$report" .xml)
    awk -v program="$program" '
      function attribute(name,   at) {
        at = index($0, " " name "=\"")
        if (!at) return ""
        rest = substr($0, at + length(name) + 3)
        return substr(rest, 1, index(rest, "\"") - 1)
      }
      function done() { print verdict "\t" program "." id; open = 0 }
      /<testcase / {
        id = attribute("classname") "." attribute("name")
        verdict = attribute("result") == "skipped" ? "skipped" : "passed"
        if (attribute("status") == "notrun") next   # disabled
        open = 1
        if ($0 ~ /\/> *$/) done()
        next
      }
      open && /<failure/ { verdict = "failed" }
      open && /<\/testcase>/ { done() }' "$report"
  done
  # A program that failed although none of its cases says so: it crashed, hung, leaked, or was never built.
  for report in "$RESULTS"/*/ctest.junit; do
    [[ -e "$report" ]] || continue
    sed -n 's/.*<testcase name="\([^"]*\)".* status="\(fail\|notrun\|disabled\)".*/\1/p' "$report" | while read -r program; do
      grep -q '<failure' "$(dirname "$report")/$program.xml" 2>/dev/null ||
        printf 'failed\t%s (the program crashed, hung, leaked or was not built)\n' "$program"
    done
  done
}

# --- The run --------------------------------------------------------------------------------------------------------

mkdir -p build
rm -rf "$RESULTS"
mkdir -p "$RESULTS"
started=$SECONDS
failed_stages=()
table=()
for stage in "${chosen[@]}"; do
  say "$stage: ${ABOUT[$stage]}"
  stage_started=$SECONDS
  # In a shell of its own with -e off, so that a failing step is the stage's to report.
  if (set +e; "stage_$stage") </dev/null; then
    verdict=ok
    printf '    %sok%s, %s\n' "$GREEN" "$PLAIN" "$(duration $((SECONDS - stage_started)))"
  else
    verdict=FAILED
    failed_stages+=("$stage")
    printf '    %sFAILED%s after %s\n' "$RED" "$PLAIN" "$(duration $((SECONDS - stage_started)))"
    [[ "$stage" == setup ]] && die "nothing can be built without these packages"
  fi
  table+=("$(printf '%-8s %-7s %7s' "$stage" "$verdict" "$(duration $((SECONDS - stage_started)))")")
done

cases | sort -u >"$RESULTS/cases"
# One verdict for each case: it failed if it failed anywhere, it was skipped if it never ran.
awk -F'\t' '
  { if ($1 == "failed" || !($2 in verdict) || (verdict[$2] == "skipped" && $1 == "passed")) verdict[$2] = $1 }
  END { for (id in verdict) print verdict[id] "\t" id }' "$RESULTS/cases" | sort >"$RESULTS/verdicts"
count() { grep -c "^$1" "$RESULTS/verdicts" || true; }
passed=$(count passed) failed=$(count failed) skipped=$(count skipped)

# A stage with no failing case of its own to show for it is a failure by itself.
for stage in ${failed_stages[@]+"${failed_stages[@]}"}; do
  if ! grep -qs '<failure\|status="fail"\|status="notrun"' "$RESULTS/$stage"/*.xml "$RESULTS/$stage"/*.junit; then
    failed=$((failed + 1))
  fi
done

echo
say "summary, $(duration $((SECONDS - started))) in all"
printf '    %s\n' "${table[@]}"
if ((skipped)); then
  echo "skipped:"
  sed -n 's/^skipped\t/    /p' "$RESULTS/verdicts"
fi
if ((failed)); then
  echo "failed:"
  sed -n 's/^failed\t/    /p' "$RESULTS/verdicts"
  printf '    stage %s\n' ${failed_stages[@]+"${failed_stages[@]}"}
fi
line="$passed passed, $failed failed"
((skipped)) && line+=", $skipped skipped"
echo "$line"
((failed == 0 && ${#failed_stages[@]} == 0))
