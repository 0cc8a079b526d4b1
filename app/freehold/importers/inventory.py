"""What every inventory export shares: records on a fixed list of fields become placed resources.

A reader yields, in the order of the source, an `Item` for each record taken over and a `Left` for
each left out. Attributes outside the reader's own list never get this far, and neither do tags
named like secrets.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

from freehold.importers import places
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.inventory_types import category_of
from freehold.importers.job import Job
from freehold.importers.lookups import NORMAL
from freehold.importers.opened import Opened

MAX_TEXT = 1024
MAX_RAW = 2000
CHUNK = 20_000
SECRET = re.compile(
    r"passw|passphrase|secret|token|credential|private.?key|(api|access).?key|connection.?string",
    re.IGNORECASE,
)

NO_ID = "not understood: no identifier"
NOT_OBJECT = "not understood: not a JSON object"
TWICE = "a record with the same identifier came before"
DELETED = "deleted at the provider, says the source"
GLOBAL = "this kind of resource has no region of its own"
WHITELIST_NOTE = (
    "only fields on a fixed list are taken over; anything else in the file, and tags named like "
    "secrets, stays in the file"
)


@dataclass
class Item:
    """One resource as a source names it, every text still as it stands there.

    `scope` is 'global' for kinds that have no region; `accelerator_count` counts physical devices;
    `complete_for` names what the source lists completely, of which this resource is a part.
    """

    resource_id: str
    name: str | None = None
    provider_text: str | None = None
    region_text: str | None = None
    name_text: str | None = None
    zone_text: str | None = None
    arn_text: str | None = None
    zone: str | None = None
    account: str | None = None
    service_name: str | None = None
    service_category: str | None = None
    resource_type: str | None = None
    instance_type: str | None = None
    accelerator_text: str | None = None
    accelerator_count: float | None = None
    status: str = "active"
    scope: str = ""
    complete_for: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    host_text: str | None = None
    block_text: str | None = None


@dataclass(frozen=True)
class Left:
    """A source record left out; `raw` is its text where it was not understood."""

    reason: str
    raw: str | None = None


def text(value: Any) -> str | None:
    """Return a short scalar as text, else None: NaN, blanks, lists and long texts say nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)[:MAX_TEXT] if math.isfinite(value) else None
    if isinstance(value, str) and value.strip() and len(value) <= MAX_TEXT:
        return value.strip().encode("utf-8", "replace").decode("utf-8")
    return None


def mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def safe_tags(value: Any) -> dict[str, str]:
    """Return the tags of a JSON object, or of a list of key-value pairs, without the secrets."""
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        for entry in value:
            tag = mapping(entry)
            pairs.append((tag.get("key", tag.get("Key")), tag.get("value", tag.get("Value"))))
    return {
        key: said
        for key, said in ((text(key), text(said)) for key, said in pairs)
        if key is not None and said is not None and not SECRET.search(key)
    }


def raw_text(record: Any) -> str:
    """Return the beginning of a record that was not understood, as JSON."""
    try:
        return json.dumps(record, ensure_ascii=True)[:MAX_RAW]
    except (ValueError, RecursionError, TypeError):
        return repr(type(record))


_COLUMNS = [entry.name for entry in fields(Item)]

_RESOURCES_SQL = f"""
CREATE OR REPLACE TABLE resource AS
SELECT r.resource_id, coalesce(r.name, r.resource_id) AS name, p.provider_id, p.host_provider_id,
    r.account, coalesce(r.service_name, r.resource_type) AS service_name,
    CASE WHEN coalesce(x.accelerator_id, y.accelerator_id, s.accelerator_id) IS NOT NULL
        OR r.accelerator_count > 0 THEN 'gpu' ELSE r.service_category END AS service_category,
    r.resource_type, p.region_id, r.zone, r.instance_type,
    coalesce(x.accelerator_id, y.accelerator_id, s.accelerator_id) AS accelerator_id,
    coalesce(r.accelerator_count, CASE WHEN r.accelerator_text IS NULL
        THEN s.accelerator_count END) AS accelerator_count,
    r.status, r.tags, r.record, r.scope, r.accelerator_text, r.complete_for,
    p.unresolved_text, p.found, r.provider_text
FROM given r JOIN placed p ON {places.match("r")}
LEFT JOIN sku_lookup s ON s.provider_id = p.provider_id AND s.instance_type = lower(r.instance_type)
LEFT JOIN accelerator_lookup x ON x.key = {NORMAL.format("r.accelerator_text")}
LEFT JOIN accelerator_lookup y ON y.key = regexp_replace(
    {NORMAL.format("r.accelerator_text")}, '^(nvidia|amdinstinct|amd|intel)', '')
ORDER BY r.record
"""


def read_items(
    opened: Opened,
    job: Job,
    records: Iterable[Item | Left],
    *,
    kind: str,
    version: str | None = None,
    notes: Iterable[str] = (),
    partial: str | None = None,
    accounts: Mapping[str, str] | None = None,
) -> ImportResult:
    """Take the items of one source over into resources, provenance and an account.

    Args:
        records: what the reader made of each source record, in order.
        kind: the kind of the source, as the account names it.
        version: the layout of the source, where it has one.
        notes: what else the account should say.
        partial: why the source is known not to list everything, so that nothing it lacks has
            vanished; None if it lists its `complete_for` completely.
        accounts: other spelling of an account -> its id; may be filled while the records are read.
    """
    connection = job.connection
    columns = ", ".join(
        f"{name} {'DOUBLE' if name == 'accelerator_count' else 'VARCHAR'}" for name in _COLUMNS
    )
    connection.execute(f"CREATE OR REPLACE TABLE given (record BIGINT, {columns})")
    skipped = Counter[str]()
    rejected: list[dict[str, Any]] = []
    seen: set[str] = set()
    number, chunk = 0, list[dict[str, Any]]()
    for number, entry in enumerate(records, start=1):
        if isinstance(entry, Left):
            skipped[entry.reason] += 1
            if entry.raw is not None:
                rejected.append({"record": number, "reason": entry.reason, "raw": entry.raw})
        elif entry.resource_id in seen:
            skipped[TWICE] += 1
        else:
            seen.add(entry.resource_id)
            chunk.append({"record": number, **_row(entry)})
            if len(chunk) >= CHUNK:
                _flush(job, chunk)
    _flush(job, chunk)
    for spelt, account in (accounts or {}).items():
        connection.execute(
            "UPDATE given SET account = ?, complete_for = CASE WHEN complete_for = account THEN ? "
            "ELSE complete_for END WHERE account = ?",
            [account, account, spelt],
        )
    names = ", ".join(places.TEXTS)
    connection.execute(f"CREATE OR REPLACE TABLE named AS SELECT DISTINCT {names} FROM given")
    places.resolve(connection)
    connection.execute(_RESOURCES_SQL)
    prefix = f"{job.import_id}:{job.number}:"
    resources = connection.execute(
        """
        SELECT * EXCLUDE (record, scope, accelerator_text, complete_for, unresolved_text, found,
                          provider_text, tags), ? || record AS provenance_id,
            json_merge_patch(tags::JSON, to_json({
                'freehold:provider_text': CASE WHEN provider_id IS NULL THEN provider_text END,
                'freehold:region_text': unresolved_text,
                'freehold:accelerator_text': CASE WHEN accelerator_id IS NULL
                    THEN accelerator_text END}))::VARCHAR AS tags
        FROM resource ORDER BY record
        """,
        [prefix],
    ).df()
    resources["tags"] = _canonical_tags(resources["tags"])
    provenance = connection.execute(
        "SELECT ? || record AS provenance_id, ? AS import_id, ? AS source_name, ? AS sha256, "
        "record, 1 AS records, ? AS importer, ? || coalesce(complete_for, ?) AS source_id "
        "FROM resource ORDER BY record",
        [
            prefix,
            job.import_id,
            opened.source.name,
            opened.source.sha256,
            f"{kind} {job.version}",
            f"{kind}: ",
            opened.source.name,
        ],
    ).df()
    unknown, derived = _lacking(job)
    summary = ImportAccount(
        kind=kind,
        source_name=opened.source.name,
        sha256=opened.source.sha256,
        format_version=version,
        read=number,
        imported=len(resources),
        skipped=skipped_entries(skipped.items()),
        resources=len(resources),
        rows={"resources": len(resources)},
        unknown=unknown_entries(unknown),
        derived=unknown_entries(derived),
        rejected=len(rejected),
        notes=[WHITELIST_NOTE, "an inventory tells no cost", *notes],
    )
    result = ImportResult(account=summary)
    if len(resources):
        result.frames = {"resources": resources, "provenance": provenance}
    if rejected:
        result.rejected = pd.DataFrame(rejected).assign(source=opened.source.name)[
            list(result.rejected.columns)
        ]
    result.complete_for = []
    if partial is not None:
        summary.notes.append(partial)
    elif len(resources):
        result.complete_for = sorted(set(provenance["source_id"]))
    return result


def _row(item: Item) -> dict[str, Any]:
    row = dict(vars(item))
    row["tags"] = json.dumps(item.tags, sort_keys=True, ensure_ascii=False)
    if row["service_category"] is None and item.resource_type:
        row["service_category"], scope = category_of(item.resource_type)
        row["scope"] = item.scope or scope
    return row


def _flush(job: Job, chunk: list[dict[str, Any]]) -> None:
    if not chunk:
        return
    frame = pd.DataFrame(chunk, columns=["record", *_COLUMNS], dtype=object)
    job.connection.register("chunk_frame", frame)
    casts = ", ".join(
        f"{name}::{'DOUBLE' if name == 'accelerator_count' else 'VARCHAR'}" for name in _COLUMNS
    )
    job.connection.execute(f"INSERT INTO given SELECT record::BIGINT, {casts} FROM chunk_frame")
    job.connection.unregister("chunk_frame")
    chunk.clear()


def _canonical_tags(column: pd.Series[Any]) -> pd.Series[Any]:
    """Sort the keys and leave out what is null, so that equal tags are equal texts."""

    def canonical(value: Any) -> str | None:
        kept = {key: said for key, said in json.loads(value or "{}").items() if said is not None}
        if not kept:
            return None
        return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    return column.map(canonical)


def _lacking(job: Job) -> tuple[list[tuple[str, str, int]], list[tuple[str, str, int]]]:
    """Return what the resources lack, and what of them was read from another field."""
    unknown: list[tuple[str, str, int]] = []
    derived: list[tuple[str, str, int]] = []
    rows = job.connection.execute(
        "SELECT found, scope = 'global', count(*) FROM resource GROUP BY ALL"
    ).fetchall()
    for found, is_global, count in rows:
        if found in ("zone", "arn", "block", "name"):
            derived.append(("region_id", places.REASONS[found], count))
        elif found == "missing" and is_global:
            unknown.append(("region_id", GLOBAL, count))
        elif found != "id":
            unknown.append(("region_id", places.REASONS[found], count))
    for name, condition, reason in (
        ("provider_id", "provider_id IS NULL AND provider_text IS NULL", places.PROVIDER_MISSING),
        ("provider_id", "provider_id IS NULL AND provider_text IS NOT NULL",
         places.PROVIDER_UNRESOLVED),
        ("account", "account IS NULL", "not in the source"),
        ("service_category", "service_category IS NULL", "type is not in the list of known types"),
        ("accelerator_id", "accelerator_id IS NULL AND accelerator_text IS NOT NULL",
         "accelerator named in the source is not in the catalogue; its text is kept in tags"),
        ("accelerator_id", "accelerator_id IS NULL AND accelerator_text IS NULL "
         "AND accelerator_count > 0", "the source counts accelerators and does not name them"),
        ("accelerator_count", "accelerator_count IS NULL AND accelerator_text IS NOT NULL",
         "the number of physical accelerators is not told"),
    ):  # fmt: skip
        count = job.connection.execute(
            f"SELECT count(*) FROM resource WHERE {condition}"
        ).fetchall()[0][0]
        unknown.append((name, reason, count))
    return unknown, derived
