#!/usr/bin/env bash
# Runs the tests: the rooms without a window in one process, each file of the window in its own,
# as a window lives once in a process.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pytest --ignore=tests/desktop
for file in tests/desktop/test_*.py; do
  echo "$file"
  .venv/bin/python -m pytest "$file"
done
