#!/usr/bin/env bash
# Opens the window on the bank sample; without a display, runs the same job headless.
set -euo pipefail
cd "$(dirname "$0")/.."
freehold=.venv/bin/freehold
mkdir -p build/run
estate=build/run/bank.freehold
[ -f "$estate" ] || $freehold new "$estate" --sample bank >/dev/null
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" = Darwin ]; then
  exec $freehold open "$estate"
fi
echo "There is no display here, so Freehold runs the same job without a window."
$freehold score "$estate"
$freehold compare "$estate" --all
$freehold report "$estate" --kind audit --format pdf,html,xlsx,csv --out build/run/reports
