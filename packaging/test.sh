#!/usr/bin/env bash
# Checks style and types and runs the tests on all cores: the rooms without a window shared out, each file
# of the window in a process of its own, as a window lives once in a process; files that open none
# share processes.
set -euo pipefail
cd "$(dirname "$0")/.."
cores=$(getconf _NPROCESSORS_ONLN)
typed=$(mktemp)
trap 'kill "$types" 2>/dev/null || true; rm -f "$typed"' EXIT
.venv/bin/mypy >"$typed" 2>&1 & # one core would rest at times; told at the end
types=$!
make --no-print-directory style
.venv/bin/python -m pytest --ignore=tests/desktop --numprocesses "$cores" --dist worksteal

together=(
  "capacity_load capacity_search compliance_records documents plan_panel" # parts of pages
  "answers_sheet compliance_page lifting overview_page rule_editor trying" # pages on judged samples
  "actions charts singletons tables work" # parts of the window, on a document of one table
)

window_files() { # their output comes in one piece, though processes run side by side
  local said status=0
  # shellcheck disable=SC2086 # one argument may hold several files
  said=$(.venv/bin/python -m pytest $1 2>&1) || status=$?
  printf '%s\n%s\n' "$1" "$said"
  return "$status"
}
export -f window_files
groups=()
for names in "${together[@]}"; do
  files=
  for name in $names; do files+=" tests/desktop/test_$name.py"; done
  groups+=("${files# }")
done
for file in tests/desktop/test_*.py; do
  [[ " ${groups[*]} " == *" $file "* ]] || groups+=("$file")
done
longest_first() { # what takes long is long; a short one fills the end
  for group in "$@"; do
    # shellcheck disable=SC2086
    printf '%s\t%s\n' "$(cat $group | wc -c)" "$group"
  done | sort -rn | cut -f 2- | tr '\n' '\0'
}
# One more than there are cores, as windows wait for their pages at times.
longest_first "${groups[@]}" | xargs -0 -n 1 -P "$((cores + 1))" bash -c 'window_files "$1"' _
wait "$types" || { cat "$typed"; exit 1; }
cat "$typed"
