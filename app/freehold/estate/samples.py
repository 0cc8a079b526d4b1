"""The sample estates that ship with Freehold: readable CSV files, one per table."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from freehold.errors import InputError
from freehold.estate import dictionary
from freehold.estate.workspace import Workspace
from freehold.resources import data_root

_HEAD = "sample.yaml"
_SETTINGS = ("currency", "packs", "weights", "price_note")


@dataclass(frozen=True)
class Sample:
    """A sample estate that can be opened."""

    name: str
    title: str
    description: str


def available() -> list[Sample]:
    """Return the sample estates, the bank first: it is what a new user sees."""
    heads = [(name, _head(name)) for name in _names()]
    return [Sample(name, str(head["title"]), str(head["description"])) for name, head in heads]


def load(name: str) -> Workspace:
    """Return a new document that holds the sample.

    Raises:
        InputError: there is no sample of that name.
    """
    if name not in _names():
        raise InputError(
            f"There is no sample '{name}'", mend=f"The samples are {', '.join(_names())}"
        )
    head = _head(name)
    workspace = Workspace.new(date.fromisoformat(str(head["as_of"])))
    for setting in _SETTINGS:
        if setting in head:
            workspace.set_setting(setting, head[setting])
    workspace.set_setting("sample", name)
    for table in dictionary.tables():
        path = _folder() / name / f"{table}.csv"
        if path.is_file():
            workspace.append(table, _rows(path))
    workspace.changed = False
    return workspace


def _folder() -> Path:
    return data_root() / "datasets" / "samples"


@cache
def _names() -> tuple[str, ...]:
    found = sorted(path.parent.name for path in _folder().glob(f"*/{_HEAD}"))
    return tuple(sorted(found, key=lambda name: name != "bank"))


@cache
def _head(name: str) -> dict[str, Any]:
    head: dict[str, Any] = YAML(typ="safe").load(_folder() / name / _HEAD)
    return head


def _rows(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
