"""A saved column mapping: which column of a foreign table fills which column of the estate."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from freehold.errors import InputError
from freehold.estate import dictionary
from freehold.importers.lookups import data_frame

MAX_PROFILE_BYTES = 1 << 20


class Profile(BaseModel):
    """How to read a table of unknown layout into one table of the estate.

    `columns`: estate column -> column of the source. `constants`: estate column -> value for every
    row. `values`: estate column -> {text in the source: value in the estate}. `nulls`: texts that
    mean nobody has said. `decimal`: the sign before decimals. `dates`: a date pattern such as
    %d.%m.%Y; ISO 8601 is always understood. `sheet`: the sheet of a workbook, else the first.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = "mapping"
    table: str = "resources"
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    nulls: list[str] = Field(default_factory=lambda: ["NULL", "-", "n/a", "N/A", "unknown"])
    decimal: str = Field(default=".", pattern="^[.,]$")
    dates: str | None = Field(default=None, max_length=40)
    sheet: str | None = None

    def canonical(self) -> str:
        """Return the mapping as canonical JSON, for `import_profiles`."""
        return json.dumps(
            self.model_dump(mode="json"),
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )

    def row(self) -> pd.DataFrame:
        """Return the row of `import_profiles` that keeps this mapping."""
        return pd.DataFrame(
            [{"profile_id": self.name, "name": self.name, "mapping": self.canonical()}]
        )


@cache
def target_columns() -> dict[str, dict[str, tuple[str, str]]]:
    """Return estate table -> column -> (type, domain), from the estate's dictionary."""
    return {
        name: {column.name: (column.type, column.domain) for column in table.columns}
        for name, table in dictionary.tables().items()
    }


@cache
def table_keys() -> dict[str, list[str]]:
    """Return estate table -> its key columns."""
    return {name: list(table.key) for name, table in dictionary.tables().items()}


def load_profile(path: Path | str) -> Profile:
    """Read a mapping from a YAML or JSON file.

    Raises:
        InputError: the file is missing, is not a mapping, or names columns the estate lacks.
    """
    file = Path(path)
    try:
        if file.stat().st_size > MAX_PROFILE_BYTES:
            raise InputError("The column mapping is larger than 1 MiB", where=file.name)
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("The column mapping is not UTF-8 text", where=file.name) from error
    except (OSError, ValueError) as error:
        raise InputError(
            "The column mapping cannot be read", where=str(file)[:200], mend="Check the path"
        ) from error
    given = _parse(text, file.name)
    if not isinstance(given, dict):
        raise InputError(
            "The column mapping is not a list of keys and values",
            where=file.name,
            mend="It needs at least 'columns:' with 'estate column: source column'",
        )
    given.setdefault("name", file.stem)
    try:
        profile = Profile.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InputError(
            f"The column mapping is wrong at '{place}': {first['msg']}", where=file.name
        ) from error
    check_profile(profile, file.name)
    return profile


def _parse(text: str, name: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError("The column mapping is not valid JSON", where=name) from error
    if "&" in text and "*" in text and _has_alias(text):
        raise InputError("The column mapping uses YAML aliases, which are refused", where=name)
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, RecursionError, ValueError) as error:
        raise InputError("The column mapping is not valid YAML", where=name) from error


def _has_alias(text: str) -> bool:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import AliasEvent

    try:
        return any(
            isinstance(event, AliasEvent) for event in YAML(typ="safe", pure=True).parse(text)
        )
    except (YAMLError, RecursionError, ValueError):
        return False


def check_profile(profile: Profile, where: str) -> None:
    """Check that a mapping names things the estate has.

    Raises:
        InputError: unknown table or column, or nothing mapped.
    """
    known = target_columns().get(profile.table)
    if known is None:
        raise InputError(
            f"The estate has no table '{profile.table}'",
            where=where,
            mend="Most inventories go into 'resources'",
        )
    for column in [*profile.columns, *profile.constants, *profile.values]:
        if column not in known:
            raise InputError(
                f"The table {profile.table} has no column '{column}'",
                where=where,
                mend="It has " + ", ".join(known),
            )
    if not profile.columns:
        raise InputError("The column mapping maps no column", where=where)


@cache
def _synonyms() -> dict[str, str]:
    frame = data_frame("header_synonyms.csv")
    return dict(zip(frame["synonym"].map(_plain), frame["target"], strict=True))


def _plain(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


def suggest_mapping(header: list[str] | tuple[str, ...]) -> Profile:
    """Return a mapping into `resources` as far as the column names suggest one.

    A suggestion is to be looked at by a person: it is never applied by itself.
    """
    columns: dict[str, str] = {}
    for name in header:
        target = _synonyms().get(_plain(name))
        if target is None and name in target_columns()["resources"]:
            target = name
        if target is not None and target not in columns:
            columns[target] = name
    return Profile(name="suggested", columns=columns)
