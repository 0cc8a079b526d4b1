"""Scenarios edited by typed changes of the document, so that every edit of one can be undone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count

from pydantic import JsonValue

from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.estate.scenario_schema import all_changes, build_schema, drop_schema
from freehold.estate.stored_changes import changes_of
from freehold.scenarios.changes import ScenarioFile
from freehold.scenarios.schemas import BASE

_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Trial:
    """What the changes of a scenario touch: rows for each of its own changes, in order."""

    rows: tuple[int, ...]

    @property
    def total(self) -> int:
        """All rows touched, a row counted once for each change."""
        return sum(self.rows)


def tried(workspace: Workspace, file: ScenarioFile) -> Trial:
    """Build a scenario in schemas of its own, count the rows its changes touch, and drop it.

    Raises:
        InputError: a change does not fit, or the scenario it branches from is not there.
    """
    parent = _parent_id(workspace, file.parent)
    inherited = all_changes(workspace, parent) if parent else []
    # Each trial has schemas of its own: the one before may still be on its way out.
    trial = f"trial of a new scenario {next(_NUMBERS)}"
    try:
        built = build_schema(
            workspace,
            trial,
            [*inherited, *file.changes],
            file.as_of or workspace.as_of,
            publish=False,
        )
        own = sum(change.enabled for change in file.changes)
        steps = built.applied.steps[len(built.applied.steps) - own :]
        return Trial(tuple(step.rows for step in steps))
    finally:
        drop_schema(workspace, trial)


def adding(workspace: Workspace, name: str, file: ScenarioFile) -> list[Change]:
    """Return the changes of the document that add a scenario.

    Raises:
        InputError: the name is blank, reserved or taken.
    """
    name = _free(workspace, name)
    scenario_id = _new_id(name, list(_rows(workspace)))
    row: dict[str, JsonValue] = {
        "scenario_id": scenario_id,
        "name": name,
        "parent_id": _parent_id(workspace, file.parent),
        "as_of": file.as_of.isoformat() if file.as_of else None,
        "description": file.description,
        "created_at": _now(),
    }
    steps = [
        Change(
            target="estate.changes",
            op="add_row",
            row=_stored(scenario_id, place, change),
        )
        for place, change in enumerate(file.changes)
    ]
    return [Change(target="estate.scenarios", op="add_row", row=row), *steps]


def removing(workspace: Workspace, name: str) -> list[Change]:
    """Return the changes of the document that remove a scenario and its steps.

    Raises:
        InputError: there is no such scenario, or another branches from it.
    """
    scenario_id = _parent_id(workspace, name)
    if scenario_id is None:
        raise InputError(f"'{name}' is the estate itself and cannot be removed")
    connection = workspace.connection
    child = connection.execute(
        "SELECT name FROM estate.scenarios WHERE parent_id = ? LIMIT 1", [scenario_id]
    ).fetchone()
    if child:
        raise InputError(
            f"The scenario '{child[0]}' branches from '{name}'", mend="Remove that one first"
        )
    ids = connection.execute(
        "SELECT change_id FROM estate.changes WHERE scenario_id = ? ORDER BY position",
        [scenario_id],
    ).fetchall()
    return [
        *(_gone("estate.changes", "change_id", str(change_id)) for (change_id,) in ids),
        _gone("estate.scenarios", "scenario_id", scenario_id),
    ]


def renaming(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Return the changes of the document that give a scenario another name.

    Raises:
        InputError: there is no such scenario, or the new name is blank, reserved or taken.
    """
    scenario_id = id_of(workspace, name)
    if new_name.strip() == name:
        return []
    return [
        Change(
            target="estate.scenarios",
            op="set",
            key={"scenario_id": scenario_id},
            column="name",
            value=_free(workspace, new_name),
        )
    ]


def describing(workspace: Workspace, name: str, text: str) -> list[Change]:
    """Return the changes of the document that give a scenario another note.

    Raises:
        InputError: there is no such scenario.
    """
    scenario_id = id_of(workspace, name)
    if details(workspace)[name][0] == text.strip():
        return []
    return [
        Change(
            target="estate.scenarios",
            op="set",
            key={"scenario_id": scenario_id},
            column="description",
            value=text.strip() or None,
        )
    ]


def copying(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Return the changes of the document that add a copy of a scenario, its steps included.

    Raises:
        InputError: there is no such scenario, or the new name is blank, reserved or taken.
    """
    scenario_id = id_of(workspace, name)
    row = workspace.connection.execute(
        "SELECT parent_id, as_of, description FROM estate.scenarios WHERE scenario_id = ?",
        [scenario_id],
    ).fetchone() or (None, None, None)
    file = ScenarioFile(
        changes=changes_of(workspace, scenario_id),
        parent=row[0],
        as_of=row[1],
        description=row[2],
    )
    return adding(workspace, new_name, file)


def branching(workspace: Workspace, name: str, new_name: str) -> list[Change]:
    """Return the changes of the document that add a scenario which goes on from another.

    It starts with every change of the other, and follows it when that one changes.

    Raises:
        InputError: there is no such scenario, or the new name is blank, reserved or taken.
    """
    id_of(workspace, name)
    return adding(workspace, new_name, ScenarioFile(changes=[], parent=name))


def switching(workspace: Workspace, name: str, number: int, on: bool) -> list[Change]:
    """Return the changes of the document that switch a step of a scenario on or off.

    Args:
        workspace: the open document.
        name: the scenario.
        number: the step, counted from 1 as lists show it.
        on: whether it is to be applied.

    Raises:
        InputError: there is no such scenario or step.
    """
    change_id = _step(workspace, name, number)[0]
    return [_cell(change_id, "enabled", on)]


def moving(workspace: Workspace, name: str, number: int, to: int) -> list[Change]:
    """Return the changes of the document that put a step of a scenario at another place.

    Raises:
        InputError: there is no such scenario, step or place.
    """
    steps = _steps(workspace, name)
    _step(workspace, name, number)
    _step(workspace, name, to)
    ordered = [change_id for change_id, _ in steps]
    ordered.insert(to - 1, ordered.pop(number - 1))
    before = dict(steps)
    return [
        _cell(change_id, "position", place)
        for place, change_id in enumerate(ordered)
        if before[change_id] != place
    ]


def dropping(workspace: Workspace, name: str, number: int) -> list[Change]:
    """Return the changes of the document that take a step out of a scenario.

    Raises:
        InputError: there is no such scenario or step.
    """
    return [_gone("estate.changes", "change_id", _step(workspace, name, number)[0])]


def extending(workspace: Workspace, name: str, changes: Sequence[Change]) -> list[Change]:
    """Return the changes of the document that add steps at the end of a scenario.

    Raises:
        InputError: there is no such scenario.
    """
    scenario_id = id_of(workspace, name)
    steps = _steps(workspace, name)
    taken = {change_id for change_id, _ in steps}
    first = max((place for _, place in steps), default=-1) + 1
    rows = []
    for place, change in enumerate(changes, start=first):
        row = _stored(scenario_id, place, change)
        while row["change_id"] in taken:
            row["change_id"] = f"{row['change_id']}b"
        taken.add(str(row["change_id"]))
        rows.append(Change(target="estate.changes", op="add_row", row=row))
    return rows


def _cell(change_id: str, column: str, value: JsonValue) -> Change:
    return Change(
        target="estate.changes", op="set", key={"change_id": change_id}, column=column, value=value
    )


def id_of(workspace: Workspace, name: str) -> str:
    """Return the id of a scenario; raises InputError if there is none or it is the base."""
    scenario_id = _parent_id(workspace, name)
    if scenario_id is None:
        raise InputError("'base' is the estate itself", mend="Name a scenario")
    return scenario_id


def _free(workspace: Workspace, name: str) -> str:
    """Return a name that a scenario may take; raises InputError."""
    name = name.strip()
    if not name or name == BASE:
        raise InputError("A scenario needs a name of its own", mend="'base' is the estate as it is")
    if name in _rows(workspace).values():
        raise InputError(f"There is a scenario '{name}' already", mend="Choose another name")
    return name


def _steps(workspace: Workspace, name: str) -> list[tuple[str, int]]:
    rows = workspace.connection.execute(
        "SELECT change_id, position FROM estate.changes WHERE scenario_id = ?"
        " ORDER BY position, change_id",
        [id_of(workspace, name)],
    ).fetchall()
    return [(str(change_id), int(position)) for change_id, position in rows]


def _step(workspace: Workspace, name: str, number: int) -> tuple[str, int]:
    steps = _steps(workspace, name)
    if not 1 <= number <= len(steps):
        raise InputError(
            f"The scenario '{name}' has no step {number}",
            mend=f"It has {len(steps)}" if steps else "It has none",
        )
    return steps[number - 1]


def details(workspace: Workspace) -> dict[str, tuple[str, date | None]]:
    """Return description and own as-of date of each scenario by name, in the order made."""
    rows = workspace.connection.cursor().execute(
        "SELECT name, coalesce(description, ''), as_of FROM estate.scenarios "
        "ORDER BY created_at NULLS LAST, scenario_id"
    )
    return {str(name): (str(text), day) for name, text, day in rows.fetchall()}


def _gone(target: str, column: str, key: str) -> Change:
    return Change(target=target, op="remove_row", key={column: key})


def _stored(scenario_id: str, place: int, change: Change) -> dict[str, JsonValue]:
    """Return a change as a row of the table of changes, written as the document keeps them."""
    return {
        "change_id": f"{scenario_id}-{place + 1:02d}",
        "scenario_id": scenario_id,
        "position": place,
        "target": change.target,
        "op": change.op,
        "key": _json(change.key),
        "where_sql": change.where,
        "column_name": change.column,
        "value": _json(change.row if change.op == "add_row" else change.value),
        "parameters": _json(change.parameters or None),
        "enabled": change.enabled,
        "reason": change.reason,
        "source": change.source,
        "author": change.author,
        "made_at": change.made_at.isoformat(sep=" ") if change.made_at else _now(),
    }


def _json(value: object) -> str | None:
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat(sep=" ")


def _rows(workspace: Workspace) -> dict[str, str]:
    rows = workspace.connection.execute("SELECT scenario_id, name FROM estate.scenarios")
    return {str(scenario_id): str(name) for scenario_id, name in rows.fetchall()}


def _parent_id(workspace: Workspace, name: str | None) -> str | None:
    if name is None or name == BASE:
        return None
    for scenario_id, known in _rows(workspace).items():
        if name in {scenario_id, known}:
            return scenario_id
    raise InputError(f"There is no scenario '{name}'")


def _new_id(name: str, taken: Sequence[str]) -> str:
    plain = "".join(sign if sign.isalnum() else "-" for sign in name.lower()).strip("-")[:40]
    number, scenario_id = 1, plain or "scenario"
    while scenario_id in taken:
        number += 1
        scenario_id = f"{plain or 'scenario'}-{number}"
    return scenario_id
