"""List the verdicts that rest on facts nobody has confirmed, and confirm facts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from freehold import catalogue
from freehold.compliance.unconfirmed import unconfirmed
from freehold.errors import InputError
from freehold.estate import Workspace
from freehold.estate.changes import Change
from freehold.estate.sql import qualified, quoted
from freehold.estate.stored_changes import changes_of
from freehold.scenarios import BASE, JudgedEstate, judge_estate
from freehold.workflows.documents import editing, reading
from freehold.workflows.results_facts import (
    Confirmation,
    FactCell,
    FactList,
    FactRow,
    RestingVerdict,
)


def list_facts(path: Path, *, scenario: str | None = None, as_of: date | None = None) -> FactList:
    """List the verdicts resting on unverified facts and the catalogue rows to confirm.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: there is no such scenario.
    """
    with reading(path) as workspace:
        return _listed(workspace, judge_estate(workspace, scenario or BASE, as_of=as_of), str(path))


def confirm(
    path: Path,
    table: str,
    key: Mapping[str, str],
    *,
    author: str,
    source: str,
    reason: str | None = None,
) -> FactList:
    """Confirm the unverified rows of a catalogue table that have this key, and save.

    A key may leave parts out: then every unverified row with the parts given is confirmed. The
    confirmations are typed changes of the document; the shipped catalogue stays as it is.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: there is no such table, column or row, it is verified already, or who confirms
            it from where is not told.
    """
    if not (author.strip() and source.strip()):
        raise InputError(
            "A confirmation needs who confirms and where it was read",
            where=f"catalogue {table}",
            mend="Give --by and --source",
        )
    with editing(path) as workspace:
        workspace.lay_facts()
        workspace.apply(
            [
                Change.model_validate(
                    {
                        "target": f"catalogue.{table}",
                        "op": "set",
                        "key": found,
                        "column": "verified",
                        "value": True,
                        "author": author.strip(),
                        "source": source.strip(),
                        "reason": reason,
                        "made_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0),
                    }
                )
                for found in _unverified_rows(workspace, table, key)
            ]
        )
        return _listed(workspace, judge_estate(workspace), str(path))


def _unverified_rows(
    workspace: Workspace, table: str, key: Mapping[str, str]
) -> list[dict[str, object]]:
    known = catalogue.dictionary()
    named = ", ".join(f"{name}={value}" for name, value in key.items())
    where = f"catalogue {table} {named}".strip()
    if table not in known or "verified" not in known[table].column_names:
        raise InputError(
            f"There is no table of facts '{table}' that can be confirmed",
            mend="See freehold facts list",
        )
    columns = known[table].key
    if not key or not set(key) <= set(known[table].column_names):
        raise InputError(
            "The row is not named by its key",
            where=where,
            mend=f"Give COLUMN=VALUE of {', '.join(columns)}",
        )
    tests = " AND ".join(f"CAST({quoted(name)} AS VARCHAR) = ?" for name in key)
    rows = workspace.connection.execute(
        f"SELECT {', '.join(map(quoted, columns))}, verified FROM {qualified('catalogue', table)}"
        f" WHERE {tests} ORDER BY ALL",
        list(key.values()),
    ).fetchall()
    if not rows:
        raise InputError("There is no such fact", where=where, mend="See freehold facts list")
    found = [dict(zip(columns, row[:-1], strict=True)) for row in rows if row[-1] is not True]
    if not found:
        raise InputError("The fact is verified already", where=where)
    return [
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
        }
        for row in found
    ]


def _listed(workspace: Workspace, made: JudgedEstate, document: str) -> FactList:
    resting = unconfirmed(
        made.judgement.judged, workspace.connection, catalogue=made.schemas.catalogue
    )
    counts: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = {}
    for item in resting:
        for table, key in {(f.table, f.key) for f in item.facts if f.table}:
            count = counts.setdefault((table, key), [0, 0])
            count[0] += 1
            count[1] += item.if_confirmed == "fail"
    return FactList(
        document=document,
        as_of=made.as_of,
        would_fail=sum(item.if_confirmed == "fail" for item in resting),
        verdicts=[
            RestingVerdict(
                rule=item.rule_id,
                severity=item.severity,
                title=item.title,
                subject=item.subject_id,
                verdict=item.result,
                if_confirmed=item.if_confirmed,
                facts=[
                    FactCell(column=f.column, table=f.table, key=dict(f.key)) for f in item.facts
                ],
            )
            for item in resting
        ],
        facts=[
            FactRow(table=table, key=dict(key), verdicts=verdicts, would_fail=failing)
            for (table, key), (verdicts, failing) in sorted(
                counts.items(), key=lambda entry: (-entry[1][1], -entry[1][0], entry[0])
            )
        ],
        confirmations=[
            Confirmation(
                table=change.target.removeprefix("catalogue."),
                key={name: str(value) for name, value in (change.key or {}).items()},
                author=change.author,
                source=change.source,
                reason=change.reason,
                made_at=change.made_at,
            )
            for change in changes_of(workspace, None)
            if change.target.startswith("catalogue.") and change.column == "verified"
        ],
    )
