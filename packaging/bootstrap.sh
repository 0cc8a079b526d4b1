#!/usr/bin/env bash
# Makes everything `make run` and `make test` need: system packages, virtual environment, Freehold itself.
# Does nothing when all of it is there and the lock file has not changed.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv
lock=packaging/lock/requirements.txt

say() { printf '%s\n' "$*" >&2; }

missing_packages() {
  while read -r name; do
    case $name in ''|'#'*) continue ;; esac
    for candidate in "$name" "${name}t64"; do
      if dpkg-query -W -f='${Status}' "$candidate" 2>/dev/null | grep -q 'install ok installed'; then
        continue 2
      fi
    done
    printf '%s\n' "$name"
  done < packaging/system-packages.txt
}

on_this_release() { # the name a package has on this Debian or Ubuntu release
  if apt-cache show "$1" 2>/dev/null | grep -q '^Filename:'; then printf '%s\n' "$1"
  elif apt-cache show "${1}t64" >/dev/null 2>&1; then printf '%s\n' "${1}t64"
  else printf '%s\n' "$1"; fi
}

find_python() {
  for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'; then
      command -v "$candidate"
      return
    fi
  done
}

install_with_apt() {
  say "Installing system packages: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  names=()
  for name in "$@"; do names+=("$(on_this_release "$name")"); done
  apt-get install -y -qq --no-install-recommends "${names[@]}" >/dev/null
}

if command -v dpkg-query >/dev/null 2>&1; then
  mapfile -t wanted < <(missing_packages)
  python=$(find_python || true)
  if [ -z "$python" ]; then wanted+=(python3 python3-venv)
  elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then wanted+=(python3-venv); fi
  if [ ${#wanted[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then
      install_with_apt "${wanted[@]}"
    else
      say "Freehold needs these system packages first; run this once and try again:"
      say "  sudo apt-get install ${wanted[*]}"
      exit 1
    fi
  fi
else
  say "This is not a Debian system: if Qt does not start, install the libraries that packaging/system-packages.txt names."
fi

python=$(find_python || true)
if [ -z "$python" ]; then
  say "Freehold needs Python 3.11 to 3.14. Install one, or name it: make setup PYTHON=/path/to/python3.12"
  exit 1
fi

install_locked() { # uv takes seconds where pip takes minutes; pip knows mirrors that uv does not
  local pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes)
  local uv_alone
  uv_alone=$(mktemp)
  awk '/^uv==/ {found = 1} found {print} found && !/\\$/ {exit}' "$lock" > "$uv_alone"
  if ! { "${pip[@]}" -r "$uv_alone" \
    && "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lock"; } 2>/dev/null
  then "${pip[@]}" -r "$lock"; fi
  rm -f "$uv_alone"
}

stamp=$(cat "$lock" pyproject.toml packaging/bootstrap.sh | sha256sum | cut -d' ' -f1)
stamp="$stamp $("$python" --version 2>&1)"
if [ ! -x $venv/bin/freehold ] || [ "$(cat $venv/.freehold-stamp 2>/dev/null)" != "$stamp" ]; then
  say "Setting up $venv (about a minute, then never again until the lock file changes)"
  [ -x $venv/bin/python ] && $venv/bin/python -c 'pass' 2>/dev/null || { rm -rf $venv; "$python" -m venv $venv; }
  install_locked
  $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  printf '%s\n' "$stamp" > $venv/.freehold-stamp
fi
