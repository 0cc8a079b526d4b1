"""Where rules and datasets lie: inside the installed package, or in the repository."""

import os
from functools import cache
from pathlib import Path

import platformdirs


@cache
def data_root() -> Path:
    """Return the folder that holds `rules/` and `datasets/`.

    A wheel and the frozen program carry them as `freehold/_data`; a checkout has them at its top.
    """
    packed = Path(__file__).resolve().parent / "_data"
    return packed if packed.is_dir() else Path(__file__).resolve().parents[2]


def user_data_folder() -> Path:
    """Return the user's own folder for packs, prices and facts (`FREEHOLD_HOME` overrides it)."""
    home = os.environ.get("FREEHOLD_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("freehold", appauthor=False))


def user_state_folder() -> Path:
    """Return the folder for recovery copies and window state (`FREEHOLD_HOME` overrides it)."""
    home = os.environ.get("FREEHOLD_HOME")
    if home:
        return Path(home) / "state"
    return Path(platformdirs.user_state_dir("freehold", appauthor=False))


def user_cache_folder() -> Path:
    """Return the folder for what can be made again (`FREEHOLD_CACHE` overrides it)."""
    cache_folder = os.environ.get("FREEHOLD_CACHE")
    return Path(cache_folder) if cache_folder else user_state_folder()
