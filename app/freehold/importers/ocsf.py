"""OCSF findings of scanners (Prowler, AWS Security Hub and others): JSON array or one a line.

A list of findings names only what was looked at, so it makes no resources: each finding becomes a
row of `scanner_findings`, with the resource it names and the requirements it maps to. Findings of
the rules of Freehold itself are another thing and stand in `findings_register`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from freehold.importers import json_lines, places
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.inventory import (
    NOT_OBJECT,
    TWICE,
    Left,
    mapping,
    raw_text,
    text,
)
from freehold.importers.job import Job
from freehold.importers.opened import Opened

KIND = "ocsf_findings"
TITLE = "OCSF findings (Prowler, Security Hub and other scanners)"

FINDINGS = 2
_CLASSES = range(2001, 2008)
_SEVERITY = {1: "informational", 2: "low", 3: "medium", 4: "high", 5: "critical", 6: "critical"}
_RESULT = {"PASS": "pass", "PASSED": "pass", "FAIL": "fail", "FAILED": "fail", "MANUAL": "manual"}
_STATUS_ID = {1: "pass", 3: "fail"}
SUPPRESSED = 3
_PLACEHOLDER = re.compile(r"<[A-Za-z_ ]+>|\$\{[^}]*\}|^\*+$")
NOT_FINDING = "another class of OCSF event, not a finding"
NO_CHECK = "not understood: it names neither a finding nor a check"
PLACEHOLDER = "a placeholder stands in the source"
_FIELDS = ("finding_id", "scanner", "check_id", "title", "result", "severity", "muted", "account",
           "resource_id", "resource_name", "resource_type", "compliance", "found_at",
           "provider_text", "region_text", "record")  # fmt: skip
COLUMNS = ("finding_id", "scanner", "check_id", "title", "result", "severity", "muted",
           "provider_id", "account", "region_id", "resource_id", "resource_name", "resource_type",
           "compliance", "found_at", "provenance_id")  # fmt: skip


def recognise(opened: Opened) -> bool:
    """Tell by class and category whether the first events are findings."""
    if opened.shape not in ("json", "ndjson"):
        return False
    return any(_is_event(row) for row in _first_rows(opened)[:20])


def _first_rows(opened: Opened) -> list[Any]:
    if opened.shape == "ndjson":
        return [opened.document]
    return _rows(opened.document)


def _is_event(row: Any) -> bool:
    return isinstance(row, dict) and (
        row.get("class_uid") in _CLASSES
        or (row.get("category_uid") == FINDINGS and ("finding_info" in row or "finding" in row))
    )


def _rows(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    top = mapping(document)
    for name in ("findings", "Findings", "events", "data"):
        if isinstance(top.get(name), list):
            return list(top[name])
    return [top] if _is_event(top) else []


def read(opened: Opened, job: Job) -> ImportResult:
    """Read findings; the resources they name are listed with them and never made."""
    rows = (
        json_lines.records(opened.source)
        if opened.shape == "ndjson"
        else iter(_rows(opened.document))
    )
    skipped, placeholders = Counter[str](), Counter[str]()
    rejected: list[tuple[str, int, str, str]] = []
    taken: list[dict[str, Any]] = []
    seen: set[str] = set()
    imported, number = 0, 0
    for number, row in enumerate(rows, start=1):
        entry = _finding(row, number, placeholders)
        if isinstance(entry, list) and entry[0]["finding_id"] in seen:
            entry = Left(TWICE)
        if isinstance(entry, Left):
            skipped[entry.reason] += 1
            if entry.raw is not None:
                rejected.append((opened.source.name, number, entry.reason, entry.raw))
        else:
            imported += 1
            seen.add(entry[0]["finding_id"])
            taken += entry
    frame = _placed(taken, job)
    twice = frame["finding_id"].duplicated()
    frame = frame[~twice].reset_index(drop=True)
    provenance = pd.DataFrame(
        {
            "provenance_id": frame["provenance_id"].drop_duplicates(),
            "import_id": job.import_id,
            "source_name": opened.source.name,
            "sha256": opened.source.sha256,
            "record": frame.drop_duplicates("provenance_id")["record"],
            "records": 1,
            "importer": f"{KIND} {job.version}",
        }
    )
    account = ImportAccount(
        kind=KIND,
        source_name=opened.source.name,
        sha256=opened.source.sha256,
        format_version=_version(opened),
        read=number,
        imported=imported,
        skipped=skipped_entries(skipped.items()),
        rows={"scanner_findings": len(frame)},
        unknown=unknown_entries(_lacking(frame, placeholders)),
        rejected=len(rejected),
        notes=_notes(frame, int(twice.sum())),
    )
    result = ImportResult(account=account)
    if rejected:
        result.rejected = pd.DataFrame(rejected, columns=list(result.rejected.columns))
    if len(frame):
        result.frames = {"scanner_findings": frame[list(COLUMNS)], "provenance": provenance}
    return result


def _version(opened: Opened) -> str | None:
    event = next((row for row in _first_rows(opened) if _is_event(row)), None)
    version = text(mapping(mapping(event).get("metadata")).get("version"))
    return f"OCSF {version}" if version else None


def _said(value: Any, name: str, placeholders: Counter[str]) -> str | None:
    """Return a text; a placeholder such as `<region>` says nothing and is counted."""
    said = text(value)
    if said is not None and _PLACEHOLDER.search(said):
        placeholders[name] += 1
        return None
    return said


def _finding(row: Any, number: int, placeholders: Counter[str]) -> list[dict[str, Any]] | Left:
    """Return a finding once per resource it names, or why it is left out."""
    if isinstance(row, json_lines.BadLine):
        return Left(str(row), row.raw)
    if not isinstance(row, dict):
        return Left(NOT_OBJECT, raw_text(row))
    if not _is_event(row):
        return Left(NOT_FINDING)
    info = mapping(row.get("finding_info") or row.get("finding"))
    metadata = mapping(row.get("metadata"))
    compliance = mapping(row.get("compliance"))
    check = (
        text(metadata.get("event_code"))
        or text(compliance.get("control"))
        or text(mapping(info.get("analytic")).get("uid"))
        or text(info.get("title"))
    )
    uid = _said(info.get("uid"), "finding_id", placeholders)
    if not check and not uid:
        return Left(NO_CHECK, raw_text(row))
    cloud = mapping(row.get("cloud"))
    given = row.get("resources") if isinstance(row.get("resources"), list) else None
    resources = [mapping(e) for e in given or [row.get("resource")]] or [{}]
    shared = {
        "scanner": text(mapping(metadata.get("product")).get("name")),
        "check_id": check,
        "title": text(info.get("title")) or text(row.get("message")),
        "result": _result(row, compliance),
        "severity": _severity(row.get("severity_id")),
        "muted": True if row.get("status_id") == SUPPRESSED else None,
        "account": _said(mapping(cloud.get("account")).get("uid"), "account", placeholders),
        "compliance": _compliance(row, compliance),
        "found_at": _moment(row),
        "record": number,
    }
    entries = []
    for place, resource in enumerate(resources):
        named = _said(resource.get("uid"), "resource_id", placeholders)
        own = uid or f"{check} | record {number}"
        region = _said(resource.get("region") or cloud.get("region"), "region_id", placeholders)
        entries.append(
            {
                **shared,
                "finding_id": own if place == 0 else f"{own} | {named or place + 1}",
                "resource_id": named,
                "resource_name": _said(resource.get("name"), "resource_name", placeholders),
                "resource_type": text(resource.get("type")),
                # A finding of a cluster has no cloud: nothing then tells whose machines it runs on.
                "provider_text": _said(cloud.get("provider"), "provider_id", placeholders),
                "region_text": None if region == "global" else region,
            }
        )
    return entries


def _severity(value: Any) -> str | None:
    return _SEVERITY.get(value) if isinstance(value, int) else None


def _result(row: dict[str, Any], compliance: dict[str, Any]) -> str | None:
    for value in (row.get("status_code"), compliance.get("status"), compliance.get("status_code")):
        said = text(value)
        if said and said.upper() in _RESULT:
            return _RESULT[said.upper()]
    status = compliance.get("status_id")
    return _STATUS_ID.get(status) if isinstance(status, int) else None


def _compliance(row: dict[str, Any], compliance: dict[str, Any]) -> str | None:
    """Return {framework: [requirements]}: Prowler's own map, else standards and requirements."""
    found: dict[str, list[str]] = {}
    for framework, ids in mapping(mapping(row.get("unmapped")).get("compliance")).items():
        listed = ids if isinstance(ids, list) else [ids]
        kept = sorted({said for entry in listed if (said := text(entry))})
        if kept:
            found[str(framework)[:200]] = kept
    standards = compliance.get("standards")
    requirements = compliance.get("requirements")
    told = [s for e in (requirements if isinstance(requirements, list) else []) if (s := text(e))]
    for standard in standards if isinstance(standards, list) else []:
        name = text(standard) or text(mapping(standard).get("name"))
        if name:
            found.setdefault(name, sorted(set(told)))
    if told and not found:
        found["requirements"] = sorted(set(told))
    if not found:
        return None
    return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _moment(row: dict[str, Any]) -> datetime | None:
    """Return the time of a finding as naive UTC: the ISO text, else the number since 1970."""
    said = text(row.get("time_dt"))
    if said:
        try:
            moment = datetime.fromisoformat(said.replace("Z", "+00:00"))
        except ValueError:
            moment = None
        if moment is not None:
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    number = row.get("time")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    # OCSF says milliseconds; Prowler writes seconds.
    seconds = number / 1000 if number > 10**11 else number
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return None


def _placed(taken: list[dict[str, Any]], job: Job) -> pd.DataFrame:
    connection = job.connection
    frame = pd.DataFrame(taken, columns=list(_FIELDS), dtype=object)
    connection.register("finding_frame", frame)
    kinds = {"record": "BIGINT", "muted": "BOOLEAN", "found_at": "TIMESTAMP"}
    casts = ", ".join(f"{name}::{kinds.get(name, 'VARCHAR')} AS {name}" for name in _FIELDS)
    empty = ", ".join(f"NULL::VARCHAR AS {name}" for name in places.TEXTS if name not in _FIELDS)
    connection.execute(
        f"CREATE OR REPLACE TABLE finding AS SELECT {casts}, {empty} FROM finding_frame"
    )
    connection.unregister("finding_frame")
    names = ", ".join(places.TEXTS)
    connection.execute(f"CREATE OR REPLACE TABLE named AS SELECT DISTINCT {names} FROM finding")
    places.resolve(connection)
    return connection.execute(
        f"""
        SELECT f.* EXCLUDE ({names}), p.provider_id, p.region_id, p.found,
            ? || f.record AS provenance_id
        FROM finding f JOIN placed p ON {places.match("f")} ORDER BY f.record, f.finding_id
        """,
        [f"{job.import_id}:{job.number}:"],
    ).df()


def _lacking(frame: pd.DataFrame, placeholders: Counter[str]) -> Iterator[tuple[str, str, int]]:
    for name, count in placeholders.items():
        yield name, PLACEHOLDER, count
    for name in ("result", "severity", "resource_id", "account", "provider_id", "compliance"):
        empty = int(frame[name].isna().sum()) - placeholders[name]
        yield name, "not in the source", max(empty, 0)
    for how, count in frame.groupby("found").size().to_dict().items():
        if how in ("missing", "unresolved", "no_provider"):
            already = placeholders["region_id"] if how == "missing" else 0
            yield "region_id", places.REASONS[how], max(int(count) - already, 0)


def _notes(frame: pd.DataFrame, twice: int) -> list[str]:
    lines = [
        "findings tell only what was scanned, so no resource is made of them; they stand in the "
        "table of scanner findings"
    ]
    if twice:
        lines.append(f"{twice} resources stand twice in one finding and are listed once")
    return lines
