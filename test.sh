#!/usr/bin/env bash
# Sets up, builds and tests everything: the release preset with all its tests, then what lies below the compiler with the
# address and undefined-behaviour sanitizers, and each fuzzer for a few seconds.
# The last line counts single tests: `N passed, N failed`, and `, N skipped` if there are any. The status is 1 if one failed.
set -euo pipefail
cd "$(dirname "$0")"

gave_up() {
  echo "$1"
  echo "0 passed, 1 failed"
  exit 1
}

# build PRESET FOLDER: stops at the first error, which is then the last thing printed.
build() {
  cmake --preset "$1" || gave_up "the preset $1 does not configure"
  cmake --build "$2" || gave_up "the preset $1 does not build"
}

# run_tests FOLDER CTEST-OPTIONS...: leaves the results in FOLDER/test-results, prints the output of what failed.
run_tests() {
  local folder=$1
  shift
  rm -rf "$folder/test-results"
  mkdir -p "$folder/test-results"
  GTEST_OUTPUT="json:$PWD/$folder/test-results/" ctest --test-dir "$folder" --output-on-failure --timeout 900 --parallel "$(nproc)" \
    --output-junit test-results/ctest.xml --test-output-size-passed 10000000 --test-output-size-failed 10000000 "$@" || true
}

cmake/packages.sh || gave_up "the packages could not be installed"
cmake/aarch64-packages.sh build/aarch64-sysroot || echo "no emulator of AArch64: its code is compiled, but not run"
build release build
run_tests build
build asan build-asan
run_tests build-asan -R '^(unit|fuzz|fuzzing)-'
python3 test/count-results.py build build-asan
