"""A cache of parsed rule files by the SHA-256 of their text; reading YAML is slow, hashing is not.

The cache lies in the user's state folder; losing it, or being unable to write it, costs time only.
"""

import atexit
import contextlib
import hashlib
import json
import os
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from freehold.resources import user_cache_folder

_VERSION = "1"
_MOST = 2000


class YamlCache:
    """Parsed mappings by the hash of the text they came from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        self._changed = False
        with contextlib.suppress(OSError, ValueError):
            held = json.loads(path.read_text(encoding="utf-8"), object_hook=decode_day)
            if isinstance(held, dict):
                self._held = held

    @staticmethod
    def key(text: str) -> str:
        """Return the key of a text."""
        return hashlib.sha256(f"{_VERSION}\n{text}".encode()).hexdigest()

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the mapping held under that key, if any."""
        found = self._held.get(key)
        if not isinstance(found, dict):
            return None
        self._used[key] = found
        return found

    def put(self, key: str, loaded: dict[str, Any]) -> None:
        """Hold a mapping that was just parsed."""
        if _plain(loaded):
            self._held[key] = self._used[key] = loaded
            self._changed = True

    def save(self) -> None:
        """Write the cache if it changed, those used in this session first."""
        if not self._changed:
            return
        kept = dict(list((self._used | self._held).items())[:_MOST])
        with contextlib.suppress(OSError, ValueError, TypeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside = self._path.with_suffix(f".{os.getpid()}.tmp")
            beside.write_text(json.dumps(kept, default=encode_day), encoding="utf-8")
            beside.replace(self._path)
            self._changed = False


@cache
def yaml_cache() -> YamlCache:
    """Return the session's cache; it is written when the program ends."""
    opened = YamlCache(user_cache_folder() / "rule-files.json")
    atexit.register(opened.save)
    return opened


def _plain(value: Any) -> bool:
    if isinstance(value, dict):
        return "$day" not in value and all(
            isinstance(name, str) and _plain(item) for name, item in value.items()
        )
    if isinstance(value, list):
        return all(_plain(item) for item in value)
    if isinstance(value, float):
        return value - value == 0
    return value is None or type(value) in (str, bool, int, date)


def encode_day(value: Any) -> Any:
    """Return a day as JSON can hold it; for `json.dumps(default=...)`."""
    if type(value) is date:
        return {"$day": value.isoformat()}
    raise TypeError(value)


def decode_day(value: dict[str, Any]) -> Any:
    """Return a day from what `encode_day` made of it; for `json.loads(object_hook=...)`."""
    day = value.get("$day")
    return date.fromisoformat(day) if isinstance(day, str) and len(value) == 1 else value
