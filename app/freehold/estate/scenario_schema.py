"""Schemas of a scenario: layers or copies of the tables it changes, views of all others."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from freehold import catalogue
from freehold.errors import InputError
from freehold.estate import dictionary, publishing, resolving
from freehold.estate.changes import UNDO_SCHEMA, Applied, Change, Place, apply_changes
from freehold.estate.layers import layered, layers_schema
from freehold.estate.sql import qualified, quoted
from freehold.estate.stored_changes import changes_of
from freehold.estate.transactions import transaction

if TYPE_CHECKING:
    from freehold.estate.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ScenarioSchema:
    """Where a scenario's tables and views lie; `changed` names the tables it changes."""

    scenario_id: str
    estate: str
    catalogue: str
    views: str
    as_of: date
    changed: frozenset[str]
    applied: Applied


def scenario_schema(
    workspace: "Workspace", scenario_id: str, *, publish: bool = True
) -> ScenarioSchema:
    """Build the schemas of a stored scenario afresh, its parents' changes first, and publish.

    Without `publish` the changes are only tried: the views are not to be read.

    Raises:
        InputError: there is no such scenario, its parents form a circle, or a change does not fit.
    """
    dates = [as_of for _, as_of in _line(workspace, scenario_id) if as_of is not None]
    as_of = dates[-1] if dates else workspace.as_of
    changes = all_changes(workspace, scenario_id)
    return build_schema(workspace, scenario_id, changes, as_of, publish=publish)


def all_changes(workspace: "Workspace", scenario_id: str) -> list[Change]:
    """Return the changes that make a stored scenario of the base, those of its parents first.

    Raises:
        InputError: there is no such scenario, or its parents form a circle.
    """
    line = _line(workspace, scenario_id)
    return [change for name, _ in line for change in changes_of(workspace, name)]


def build_schema(
    workspace: "Workspace",
    scenario_id: str,
    changes: Iterable[Change],
    as_of: date,
    *,
    publish: bool = True,
) -> ScenarioSchema:
    """Build and publish the schemas of any list of changes over the document.

    Without `publish` the changes are only tried: the views are not to be read.

    Raises:
        InputError: a change does not fit.
    """
    steps = [change for change in changes if change.enabled]
    targets = {resolving.target_of(change.target) for change in steps}
    mark = hashlib.sha256(scenario_id.encode()).hexdigest()[:10]
    own_facts = any(target.room == "catalogue" for target in targets)
    place = Place(
        estate=f"estate_{mark}",
        catalogue=f"catalogue_{mark}" if own_facts else "catalogue",
        views=f"views_{mark}",
        as_of=as_of,
        like="views",
    )
    connection = workspace.connection
    workspace.lay_facts()
    with transaction(connection):
        drop_schema(workspace, scenario_id)
        added = {resolving.target_of(c.target) for c in steps if c.op == "add_row"}
        # A row is added to a table, never to a view.
        over = {
            target.table.name: target.key[0]
            for target in targets - added
            if target.room == "estate" and len(target.key) == 1
        }
        others = [name for name in dictionary.tables() if name not in over]
        _lay(workspace, "estate", place.estate, others, targets)
        for name, key in over.items():
            place.layers[name] = layered(connection, "estate", place.estate, name, key)
        if own_facts:
            shipped = (*catalogue.shipped_tables(), "snapshot")
            _lay(workspace, "catalogue", place.catalogue, shipped, targets)
            catalogue.create_views(connection, place.catalogue, base=place.catalogue)
        applied = apply_changes(connection, steps, place)
        if publish:
            publishing.publish(
                connection,
                estate=place.estate,
                catalogue=place.catalogue,
                schema=place.views,
                as_of=as_of,
                like=place.like,
                touched=place.touched_keys(),
                given=None if own_facts else workspace.fact_hashes(),
            )
        for step in applied.steps:
            connection.execute(f"DROP TABLE {qualified(UNDO_SCHEMA, step.store)}")
    return ScenarioSchema(
        scenario_id=scenario_id,
        estate=place.estate,
        catalogue=place.catalogue,
        views=place.views,
        as_of=as_of,
        changed=frozenset(str(target) for target in targets),
        applied=applied,
    )


def drop_schema(workspace: "Workspace", scenario_id: str) -> None:
    """Remove the schemas of a scenario, if they were built."""
    mark = hashlib.sha256(scenario_id.encode()).hexdigest()[:10]
    for room in ("views", "estate", "catalogue"):
        workspace.connection.execute(f"DROP SCHEMA IF EXISTS {quoted(f'{room}_{mark}')} CASCADE")
    rooms = [f"views_{mark}_{room}" for room in ("moved", "hashes", "built")]
    for name in (*rooms, layers_schema(f"estate_{mark}")):
        workspace.connection.execute(f"DROP SCHEMA IF EXISTS {quoted(name)} CASCADE")


def _lay(
    workspace: "Workspace",
    base: str,
    schema: str,
    tables: Iterable[str],
    targets: set[resolving.Target],
) -> None:
    """Copy those of the tables that changes target, and view the others."""
    copied = {target.table.name for target in targets if target.room == base}
    statements = [f"CREATE SCHEMA {quoted(schema)}"]
    statements += [
        f"CREATE {'TABLE' if name in copied else 'VIEW'} {qualified(schema, name)}"
        f" AS FROM {qualified(base, name)}"
        for name in tables
    ]
    workspace.connection.execute(";\n".join(statements))


def _line(workspace: "Workspace", scenario_id: str) -> list[tuple[str, date | None]]:
    known = {
        str(row[0]): (row[1], row[2])
        for row in workspace.connection.execute(
            "SELECT scenario_id, parent_id, as_of FROM estate.scenarios"
        ).fetchall()
    }
    line: list[tuple[str, date | None]] = []
    name: str | None = scenario_id
    while name is not None:
        if name not in known:
            raise InputError(f"There is no scenario {name}", mend="Choose one of the document's")
        if name in {done for done, _ in line}:
            raise InputError(f"The scenario {scenario_id} branches from itself")
        parent, as_of = known[name]
        line.append((name, as_of))
        name = parent
    return line[::-1]
