"""Scenarios as files and in words: reading a list of changes, adding it, describing it."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError, model_validator

from freehold.compliance.yaml_file import parse_yaml
from freehold.errors import InputError, RuleError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.estate.resolving import target_of
from freehold.estate.scenario_schema import all_changes, build_schema, drop_schema
from freehold.estate.stored_changes import changes_of, record
from freehold.scenarios.schemas import BASE

_SAYS = {"set": "Set", "multiply": "Multiply", "add_row": "Add to", "remove_row": "Remove from"}


class ScenarioFile(BaseModel):
    """A scenario as written in YAML: its changes, and what it may say about itself."""

    model_config = ConfigDict(extra="forbid")

    changes: list[Change]
    description: str | None = None
    parent: str | None = None
    as_of: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _spellings(cls, data: Any) -> Any:
        """Accept `table` for `target`, and a plain value as the key of a one-column key."""
        if isinstance(data, dict) and isinstance(data.get("changes"), list):
            return {**data, "changes": [_spelt(change) for change in data["changes"]]}
        return data


@dataclass(frozen=True)
class Added:
    """A scenario just added: its id, name and the rows its changes touch."""

    scenario_id: str
    name: str
    rows: int


def read_file(path: Path) -> ScenarioFile:
    """Read a list of changes from YAML: a mapping with `changes`, or the bare list.

    Raises:
        InputError: the file cannot be read or a change is not of the form of typed changes.
    """
    if not path.is_file():
        raise InputError("There is no such file", where=str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("-"):
            text = "changes:\n" + "\n".join(f"  {line}" for line in text.splitlines())
        return ScenarioFile.model_validate(parse_yaml(text, where=str(path)))
    except UnicodeError as error:
        raise InputError("The file is not text in UTF-8", where=str(path)) from error
    except RuleError as error:
        raise InputError(error.what, where=error.where, mend=error.mend) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"The changes cannot be read at {place or 'the top'}: "
            f"{first['msg'].removeprefix('Value error, ')}",
            where=str(path),
            mend="Each change has target, op, key or where, and column with value, or row",
        ) from error


def add(workspace: Workspace, name: str, file: ScenarioFile) -> Added:
    """Add a scenario to a document after trying its changes.

    Raises:
        InputError: the name is taken or reserved, or a change does not fit; nothing is added.
    """
    name = name.strip()
    taken = {str(row) for row in workspace.frame("scenarios")["name"]}
    if not name or name == BASE:
        raise InputError(f"'{name}' cannot name a scenario", mend="'base' is the estate as it is")
    if name in taken:
        raise InputError(f"There is a scenario '{name}' already", mend="Choose another name")
    parent = _parent(workspace, file.parent)
    scenario_id = _new_id(workspace, name)
    inherited = all_changes(workspace, parent) if parent else []
    # Tried once and dropped, so that a change that does not fit is refused now.
    built = build_schema(
        workspace,
        scenario_id,
        [*inherited, *file.changes],
        file.as_of or workspace.as_of,
        publish=False,
    )
    drop_schema(workspace, scenario_id)
    row = {
        "scenario_id": scenario_id,
        "name": name,
        "parent_id": parent,
        "as_of": file.as_of,
        "description": file.description,
        "created_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
    }
    workspace.append("scenarios", pd.DataFrame([row]))
    record(workspace, scenario_id, file.changes)
    return Added(scenario_id, name, sum(step.rows for step in built.applied.steps))


def remove(workspace: Workspace, name: str) -> None:
    """Remove a scenario and its changes.

    Raises:
        InputError: there is no such scenario, or another branches from it.
    """
    from freehold.estate.stored_changes import clear

    rows = workspace.frame("scenarios")
    found = rows[rows["name"] == name]
    if found.empty:
        raise InputError(f"There is no scenario '{name}'")
    scenario_id = str(found.iloc[0]["scenario_id"])
    if (rows["parent_id"] == scenario_id).any():
        raise InputError(f"Another scenario branches from '{name}'", mend="Remove that one first")
    clear(workspace, scenario_id)
    workspace.replace("scenarios", rows[rows["scenario_id"] != scenario_id])


def described(workspace: Workspace, name: str) -> list[str]:
    """Return the changes of a scenario in plain words, in order."""
    rows = workspace.frame("scenarios")
    found = rows[rows["name"] == name]
    if found.empty:
        return []
    return [in_words(change) for change in changes_of(workspace, str(found.iloc[0]["scenario_id"]))]


def switched_on(workspace: Workspace, name: str) -> list[bool]:
    """Return of each change of a scenario whether it is applied, in order."""
    rows = workspace.connection.execute(
        "SELECT coalesce(c.enabled, TRUE) FROM estate.changes c JOIN estate.scenarios s"
        " USING (scenario_id) WHERE s.name = ? ORDER BY c.position, c.change_id",
        [name],
    ).fetchall()
    return [bool(on) for (on,) in rows]


def in_words(change: Change) -> str:
    """Return one change as a sentence."""
    target = change.target.removeprefix("estate.").replace("_", " ")
    where = _where(change)
    if change.op == "add_row":
        row = {name: _given(change, value) for name, value in (change.row or {}).items()}
        what = f"Add to {target}: {_pairs(row)}"
    elif change.op == "remove_row":
        what = f"Remove from {target}{where}"
    else:
        given = _given(change, change.value)
        value = "unknown" if given is None else json.dumps(given, ensure_ascii=False).strip('"')
        verb = "times" if change.op == "multiply" else "to"
        what = f"{_SAYS[change.op]} {(change.column or '').replace('_', ' ')} of {target}{where}"
        what += f" {verb} {value}"
    reason = f" ({change.reason})" if change.reason else ""
    return what + reason + ("" if change.enabled else " [switched off]")


def _where(change: Change) -> str:
    if change.key is not None:
        return f" {_pairs(change.key)}"
    if not change.where or change.where == "TRUE":
        return " (all rows)"
    return " where " + re.sub(r"\$(\w+)", lambda found: _word(change, found), change.where)


def _word(change: Change, found: re.Match[str]) -> str:
    """Return a parameter in a condition as its value, a long list cut short."""
    value = change.parameters.get(found[1], found[0])
    if isinstance(value, list):
        told = ", ".join(str(part) for part in value[:3])
        return f"({told}, … {len(value)})" if len(value) > 3 else f"({told})"
    return str(value)


def _given(change: Change, value: JsonValue) -> JsonValue:
    """Return a value with its parameter put in, or as it stands where it has none."""
    if isinstance(value, str) and value.startswith("$"):
        return change.parameters.get(value[1:], value)
    return value


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _spelt(change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    spelt = dict(change)
    if "table" in spelt and "target" not in spelt:
        spelt["target"] = spelt.pop("table")
    if spelt.get("op") == "add_row" and "row" not in spelt and isinstance(spelt.get("value"), dict):
        spelt["row"] = spelt.pop("value")
    key, target = spelt.get("key"), spelt.get("target")
    if isinstance(key, str | int) and isinstance(target, str):
        try:
            columns = target_of(target).key
        except InputError as error:
            raise ValueError(error.what) from error
        if len(columns) != 1:
            raise ValueError(f"the key of {target} is {', '.join(columns)}")
        spelt["key"] = {columns[0]: key}
    return spelt


def _parent(workspace: Workspace, name: str | None) -> str | None:
    if name is None or name == BASE:
        return None
    rows = workspace.frame("scenarios")
    found = rows[(rows["name"] == name) | (rows["scenario_id"] == name)]
    if found.empty:
        raise InputError(f"There is no scenario '{name}' to branch from")
    return str(found.iloc[0]["scenario_id"])


def _new_id(workspace: Workspace, name: str) -> str:
    plain = "".join(sign if sign.isalnum() else "-" for sign in name.lower()).strip("-")[:40]
    taken: Sequence[str] = list(workspace.frame("scenarios")["scenario_id"])
    number, scenario_id = 1, plain or "scenario"
    while scenario_id in taken:
        number += 1
        scenario_id = f"{plain}-{number}"
    return scenario_id
