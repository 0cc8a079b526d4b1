"""Findings with their place in the register: who does what about them until when."""

import csv as csv_files
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from freehold.compliance import findings, history
from freehold.compliance.register import Entry, changes_of, is_overdue, read
from freehold.errors import InputError
from freehold.scenarios import JudgedEstate, judge_estate
from freehold.workflows.documents import editing, reading
from freehold.workflows.results_register import FindingList, RegisteredFinding


@dataclass(frozen=True)
class Filter:
    """Which findings to list; what is left out does not filter."""

    rule: str | None = None
    owner: str | None = None
    severity: str | None = None
    status: str | None = None
    overdue: bool = False
    registered: bool = False


def list_findings(
    path: Path, wanted: Filter | None = None, *, limit: int | None = None, csv: Path | None = None
) -> FindingList:
    """List what fails, waived or not, and what the register holds, and write it to `csv` if given.

    Raises:
        DocumentError: the document cannot be opened.
        InputError: the file cannot be written.
    """
    with reading(path) as workspace:
        found = listed(judge_estate(workspace), str(path), wanted or Filter(), limit=limit)
    if csv is not None:
        write_csv(found, csv)
    return found


def listed(
    made: JudgedEstate, document: str, wanted: Filter, *, limit: int | None = None
) -> FindingList:
    """Return the findings of a run with their entries, the worst severity first.

    An entry whose finding no longer fails is listed too, with the result it has now.
    """
    workspace = made.workspace
    entries = read(workspace.connection, made.schemas.estate)
    chosen = {wanted.rule} if wanted.rule else None
    page = findings(
        workspace.connection,
        made.judgement,
        results=("fail", "waived"),
        rules=chosen,
        severities=[wanted.severity] if wanted.severity else None,
        limit=None,
    )
    runs = history.kept_runs(workspace)
    rules = {item.rule_id for item in page.rows} | {rule for rule, _ in entries}
    times = history.seen(workspace, runs, rules if chosen is None else chosen)
    titles = {rule.id: (rule.title, rule.severity) for rule in made.judgement.rules}
    keys = {(item.rule_id, item.subject_id): item for item in page.rows}
    others = [key for key in entries if key not in keys and (not chosen or key[0] in chosen)]
    now = _results(made, others)
    rows = []
    for key in [*keys, *others]:
        item, entry, time = keys.get(key), entries.get(key), times.get(key)
        title, severity = titles.get(key[0], (None, None))
        if wanted.severity and severity != wanted.severity:
            continue
        fails = item is not None
        firsts = [entry.first_seen if entry else None, time.first if time else None]
        lasts = [entry.last_seen if entry else None, time.last if time else None]
        if fails:
            firsts.append(made.as_of)
            lasts.append(made.as_of)
        rows.append(
            RegisteredFinding(
                rule=key[0],
                subject=key[1],
                title=title,
                severity=severity,
                result=item.result if item else now.get(key),
                owner=entry.owner if entry else None,
                due_on=entry.due_on if entry else None,
                status=entry.status if entry else None,
                comment=entry.comment if entry else None,
                first_seen=min((day for day in firsts if day), default=None),
                last_seen=max((day for day in lasts if day), default=None),
                reopened=time.reopened if time else 0,
                overdue=bool(entry and is_overdue(entry, made.as_of)),
                says=item.says if item else None,
            )
        )
    left = [row for row in rows if _is_wanted(row, wanted, entries)]
    return FindingList(
        document=document,
        as_of=made.as_of,
        total=len(left),
        findings=left if limit is None else left[: max(limit, 0)],
        runs=len([kept for kept in runs if kept.scenario == "base"]),
    )


def set_finding(
    path: Path, rule: str, subject: str, values: Mapping[str, str | date | None]
) -> FindingList:
    """Say who does what about a finding until when; values left None stay as they are.

    Raises:
        DocumentError: the document cannot be changed.
        InputError: there is no such finding and no entry, nothing is given, or a value is wrong.
    """
    given = {name: value for name, value in values.items() if value is not None}
    if not given:
        raise InputError("Nothing is said of the finding", mend="Give an owner, a date or a status")
    with editing(path) as workspace:
        before = read(workspace.connection).get((rule, subject))
        if before is None and not _results(judge_estate(workspace), [(rule, subject)]):
            raise InputError(
                f"The rule {rule} has no verdict on '{subject}'",
                mend="See: freehold findings list FILE",
            )
        workspace.apply(changes_of(before, rule, subject, given))
        after = judge_estate(workspace)
        found = listed(after, str(path), Filter(rule=rule))
        own = [row for row in found.findings if row.subject == subject]
        return found.model_copy(update={"findings": own, "total": len(own)})


def write_csv(found: FindingList, path: Path) -> None:
    """Write findings as CSV with a heading.

    Raises:
        InputError: it cannot be written.
    """
    names = list(RegisteredFinding.model_fields)
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv_files.writer(file)
            lines.writerow(names)
            lines.writerows([_cell(getattr(row, name)) for name in names] for row in found.findings)
    except OSError as error:
        raise InputError(
            f"The findings cannot be written: {error.strerror or 'unknown reason'}",
            where=str(path),
            mend="Choose another name or folder",
        ) from error


def _cell(value: object) -> object:
    # A spreadsheet would run a cell that begins like a formula.
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return "" if value is None else value


def _is_wanted(
    row: RegisteredFinding, wanted: Filter, entries: Mapping[tuple[str, str], Entry]
) -> bool:
    return (
        (wanted.owner is None or (row.owner or "").casefold() == wanted.owner.casefold())
        and (wanted.status is None or (row.status or "open") == wanted.status)
        and (not wanted.overdue or row.overdue)
        and (not wanted.registered or (row.rule, row.subject) in entries)
    )


def _results(made: JudgedEstate, keys: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the present result of each rule and subject that has one."""
    if not keys:
        return {}
    marks = ", ".join("(?, ?)" for _ in keys)
    rows = made.workspace.connection.execute(
        f'SELECT rule_id, subject_id, result FROM "{made.store}".verdicts'
        f" WHERE (rule_id, subject_id) IN ({marks})",
        [part for key in keys for part in key],
    ).fetchall()
    return {(str(row[0]), str(row[1])): str(row[2]) for row in rows}
