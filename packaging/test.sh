#!/usr/bin/env bash
# Runs the tests on all cores: the rooms without a window shared out, each file of the window in a
# process of its own, as a window lives once in a process.
set -euo pipefail
cd "$(dirname "$0")/.."
cores=$(getconf _NPROCESSORS_ONLN)
.venv/bin/python -m pytest --ignore=tests/desktop --numprocesses "$cores" --dist worksteal

window_file() { # its output comes in one piece, though files run side by side
  local said status=0
  said=$(.venv/bin/python -m pytest "$1" 2>&1) || status=$?
  printf '%s\n%s\n' "$1" "$said"
  return "$status"
}
export -f window_file
printf '%s\0' tests/desktop/test_*.py | xargs -0 -n 1 -P "$cores" bash -c 'window_file "$1"' _
