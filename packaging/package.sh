#!/usr/bin/env bash
# Builds the program as a folder with PyInstaller and lets it test itself.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v dpkg-query >/dev/null 2>&1 && ! command -v objdump >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq binutils >/dev/null
  else echo "PyInstaller needs binutils: sudo apt-get install binutils" >&2; exit 1; fi
fi
.venv/bin/pyinstaller --noconfirm --log-level WARN --distpath build/dist --workpath build/pyinstaller packaging/freehold.spec
du -sh build/dist/freehold
QT_QPA_PLATFORM=offscreen build/dist/freehold/freehold --selftest
