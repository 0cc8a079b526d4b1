"""Keep typed changes with the document: scenario steps, and changes of facts by the user."""

import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from freehold.errors import InputError
from freehold.estate.changes import Change
from freehold.estate.sql import one

if TYPE_CHECKING:
    from freehold.estate.workspace import Workspace

_FIELDS = "target, op, key, where_sql, column_name, value, parameters, enabled, reason, source,"


def record(
    workspace: "Workspace", scenario_id: str | None, changes: Sequence[Change]
) -> tuple[str, ...]:
    """Append changes to those of a scenario, or of the base if None; return their ids."""
    import pandas as pd  # dear to import, and needed here alone

    if not changes:
        return ()
    last = one(
        workspace.connection,
        "SELECT coalesce(max(position), -1) FROM estate.changes"
        " WHERE scenario_id IS NOT DISTINCT FROM ?",
        [scenario_id],
    )[0]
    ids = tuple(str(uuid.uuid4()) for _ in changes)
    rows = [
        {
            "change_id": name,
            "scenario_id": scenario_id,
            "position": last + 1 + place,
            "target": change.target,
            "op": change.op,
            "key": _json(change.key),
            "where_sql": change.where,
            "column_name": change.column,
            "value": _json(change.row if change.op == "add_row" else change.value),
            "parameters": _json(change.parameters),
            "enabled": change.enabled,
            "reason": change.reason,
            "source": change.source,
            "author": change.author,
            "made_at": change.made_at.isoformat(sep=" ") if change.made_at else None,
        }
        for place, (name, change) in enumerate(zip(ids, changes, strict=True))
    ]
    workspace.append("changes", pd.DataFrame(rows, dtype=object))
    return ids


def changes_of(workspace: "Workspace", scenario_id: str | None) -> list[Change]:
    """Return the changes of a scenario, or of the base if None, in order.

    Raises:
        InputError: a stored change cannot be read.
    """
    rows = workspace.connection.execute(
        f"SELECT {_FIELDS} author, made_at FROM estate.changes"
        " WHERE scenario_id IS NOT DISTINCT FROM ? ORDER BY position, change_id",
        [scenario_id],
    ).fetchall()
    return [_change(tuple(row)) for row in rows]


def forget(workspace: "Workspace", ids: Sequence[str]) -> None:
    """Remove stored changes by id."""
    if ids:
        workspace.connection.execute(
            "DELETE FROM estate.changes WHERE list_contains(?, change_id)", [list(ids)]
        )
        workspace.changed = True


def clear(workspace: "Workspace", scenario_id: str | None) -> None:
    """Remove all stored changes of a scenario, or of the base if None."""
    workspace.connection.execute(
        "DELETE FROM estate.changes WHERE scenario_id IS NOT DISTINCT FROM ?", [scenario_id]
    )
    workspace.changed = True


def _change(row: tuple[Any, ...]) -> Change:
    target, op, key, where, column, value, parameters, enabled, *about = row
    reason, source, author, made_at = about
    try:
        read = _read(value)
        return Change.model_validate(
            {
                "target": target,
                "op": op,
                "key": _read(key),
                "where": where,
                "column": column,
                "value": None if op == "add_row" else read,
                "row": read if op == "add_row" else None,
                "parameters": _read(parameters) or {},
                "enabled": enabled is not False,
                "reason": reason,
                "source": source,
                "author": author,
                "made_at": made_at,
            }
        )
    except (ValueError, ValidationError, RecursionError) as error:
        raise InputError(
            "A stored change cannot be read", where=f"change of {target}", mend="Remove it"
        ) from error


def _json(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _read(text: str | None) -> Any:
    return None if text is None else json.loads(text)
