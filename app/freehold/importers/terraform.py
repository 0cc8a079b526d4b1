"""Terraform and OpenTofu: raw state (version 3 and 4), `show -json` of a state or of a plan.

A state holds secrets in clear text, so only the attributes listed in `terraform_attributes.csv`
are taken over, and none that the source marks sensitive.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pandas as pd

from freehold.errors import InputError
from freehold.importers import places
from freehold.importers.account import ImportAccount, ImportResult, skipped_entries, unknown_entries
from freehold.importers.inventory import GLOBAL, SECRET, text
from freehold.importers.job import Job
from freehold.importers.lookups import data_frame
from freehold.importers.opened import Opened
from freehold.importers.terraform_shapes import (
    Record,
    Shape,
    is_plan_document,
    is_state_document,
    shape_of,
)

STATE_KIND = "terraform_state"
PLAN_KIND = "terraform_plan"
DATA_SOURCE = "data source, read only and not a resource"
HELPER = "helper inside Terraform: nothing runs or is stored with a provider"
DEPOSED = "deposed object, about to be destroyed"
NO_TYPE = "not understood: resource without a type"
DERIVED = {"zone", "arn", "block", "name"}


def is_state(opened: Opened) -> bool:
    """Tell by its keys whether the JSON is a state."""
    return opened.shape == "json" and is_state_document(opened.document)


def is_plan(opened: Opened) -> bool:
    """Tell by its keys whether the JSON is a plan."""
    return opened.shape == "json" and is_plan_document(opened.document)


def read(opened: Opened, job: Job) -> ImportResult:
    """Read a state or plan into resources, provenance and an account.

    Raises:
        InputError: the document is neither, or cannot be read.
    """
    try:
        shape = shape_of(opened.document)
    except (RecursionError, AttributeError, TypeError) as error:
        raise InputError("The Terraform JSON is damaged", where=opened.source.name) from error
    taken, skipped = _sort(shape)
    rows = [_row(number, record) for number, record in taken]
    _give_ids(rows)
    resources, found = _resources(rows, job)
    account = _account(opened, shape, rows, skipped, found)
    frames: dict[str, pd.DataFrame] = {}
    if rows:
        frames["resources"] = resources
        frames["provenance"] = pd.DataFrame(
            {
                "provenance_id": resources["provenance_id"],
                "import_id": job.import_id,
                "source_name": opened.source.name,
                "sha256": opened.source.sha256,
                "record": found["record"],
                "records": 1,
                "importer": f"{account.kind} {job.version}",
            }
        )
    lineage = text(opened.document.get("lineage"))
    return ImportResult(
        account=account,
        frames=frames,
        source_id=f"{account.kind}: {lineage}" if lineage else "",
    )


def _sort(shape: Shape) -> tuple[list[tuple[int, Record]], Counter[str]]:
    taken, skipped = [], Counter[str]()
    for number, record in enumerate(shape.records, start=1):
        prefix = record.type.partition("_")[0]
        if record.mode != "managed":
            skipped[DATA_SOURCE] += 1
        elif not record.type:
            skipped[NO_TYPE] += 1
        elif _providers().get(prefix, ("", ""))[1] == "helper":
            skipped[HELPER] += 1
        elif record.deposed:
            skipped[DEPOSED] += 1
        else:
            taken.append((number, record))
    return taken, skipped


@cache
def _providers() -> dict[str, tuple[str, str]]:
    frame = data_frame("terraform_providers.csv")
    return {
        prefix: (provider, role)
        for prefix, provider, role in frame.itertuples(index=False, name=None)
    }


@cache
def _allowed() -> list[tuple[str, str, str]]:
    frame = data_frame("terraform_attributes.csv")[["attribute", "takes", "type_prefix"]]
    return list(frame.itertuples(index=False, name=None))


@cache
def _category(type_: str) -> tuple[str | None, str]:
    """Return (service category, scope) of the longest prefix listed for a type."""
    best, found = "", (None, "")
    frame = data_frame("terraform_types.csv")
    for prefix, category, scope in frame.itertuples(index=False, name=None):
        if type_.startswith(prefix) and len(prefix) > len(best):
            best, found = prefix, (category, scope)
    return found


def _row(number: int, record: Record) -> dict[str, Any]:
    """Return what the allow-list takes of one record, still as texts."""
    taken: dict[str, str] = {}
    tags: dict[str, Any] = {}
    for attribute, takes, prefix in _allowed():
        if attribute in record.hidden or not record.type.startswith(prefix):
            continue
        value = record.attributes.get(attribute)
        if takes == "tags":
            if isinstance(value, dict):
                tags.update(
                    {
                        str(key): text(entry)
                        for key, entry in value.items()
                        if not SECRET.search(str(key))
                    }
                )
        elif takes == "tag":
            said = text(value)
            if said is not None:
                tags[f"freehold:{attribute}"] = said
        elif takes not in taken:
            said = text(value)
            if said is not None:
                taken[takes] = said
    identity = taken.get("id")
    arn = identity.split(":", 5) if identity and identity.startswith("arn:") else []
    if "account" not in taken:
        account = arn[4] if len(arn) == 6 else _subscription(identity)
        if account:
            taken["account"] = account
    prefix = record.type.partition("_")[0]
    provider, role = _providers().get(prefix, ("", ""))
    category, scope = _category(record.type)
    placed = bool(taken.get("region") or taken.get("zone") or (len(arn) == 6 and arn[3]))
    block = None if placed or scope == "global" else record.provider_region
    zone = taken.get("zone")
    if not placed and not block and scope != "global":
        zone = record.provider_zone
    tags["terraform:address"] = record.address
    return {
        "record": number,
        "given_id": identity,
        "address": record.address,
        "name": taken.get("name") or tags.get("Name") or record.address,
        "provider_text": provider or prefix,
        "host_text": None,
        "region_text": taken.get("region"),
        "name_text": None,
        "zone_text": zone,
        "arn_text": arn[3] if len(arn) == 6 and arn[3] else None,
        "block_text": block,
        "zone": taken["zone"].rpartition("/")[2] if "zone" in taken else None,
        "account": taken.get("account"),
        "resource_type": record.type,
        "service_category": category,
        "instance_type": taken.get("instance_type"),
        "status": record.status,
        "role": role,
        "scope": scope,
        "tags": tags,
    }


def _subscription(identity: str | None) -> str | None:
    parts = identity.split("/") if identity else []
    if len(parts) > 2 and parts[1].lower() == "subscriptions":
        return parts[2]
    return None


def _give_ids(rows: list[dict[str, Any]]) -> None:
    """Use the provider's own id where it names one record, the address elsewhere."""
    counts = Counter(row["given_id"] for row in rows if row["given_id"])
    used: Counter[str] = Counter()
    for row in rows:
        given = row["given_id"]
        unique = given is not None and counts[given] == 1 and not given.startswith("terraform:")
        key = given if unique else f"terraform:{row['address']}"
        used[key] += 1
        row["resource_id"] = key if used[key] == 1 else f"{key} | record {row['record']}"


_RESOURCE_SQL = f"""
SELECT r.resource_id, r.name, p.provider_id, r.account, r.resource_type AS service_name,
    CASE WHEN s.accelerator_id IS NOT NULL THEN 'gpu' ELSE r.service_category END
        AS service_category,
    r.resource_type, p.region_id, r.zone, r.instance_type, s.accelerator_id, s.accelerator_count,
    r.status, r.provenance_id, p.unresolved_text, p.found, r.record
FROM given r JOIN placed p ON {places.match("r")}
LEFT JOIN sku_lookup s ON s.provider_id = p.provider_id
    AND s.instance_type = lower(r.instance_type)
ORDER BY r.record
"""


def _resources(rows: list[dict[str, Any]], job: Job) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place the rows through the catalogue; return estate rows and how each was placed."""
    if not rows:
        return pd.DataFrame(), pd.DataFrame(columns=["found", "record", "provider_id"])
    connection = job.connection
    given = pd.DataFrame(rows).drop(columns=["tags", "given_id"]).astype("object")
    given = given.where(given.notna(), None)
    given["provenance_id"] = [f"{job.import_id}:{job.number}:{row['record']}" for row in rows]
    kinds = dict.fromkeys(given.columns, "VARCHAR") | {"record": "BIGINT"}
    connection.register("given_frame", given)
    casts = ", ".join(f"{name}::{kind} AS {name}" for name, kind in kinds.items())
    connection.execute(f"CREATE OR REPLACE TABLE given AS SELECT {casts} FROM given_frame")
    connection.execute(
        f"CREATE OR REPLACE TABLE named AS SELECT DISTINCT {', '.join(places.TEXTS)} FROM given"
    )
    places.resolve(connection)
    found = connection.execute(_RESOURCE_SQL).df()
    connection.unregister("given_frame")
    found = found.astype("object").where(found.notna(), None)
    tags = []
    for row, provider, unresolved in zip(
        rows, found["provider_id"], found["unresolved_text"], strict=True
    ):
        extra = dict(row["tags"])
        if provider is None:
            extra["freehold:provider_text"] = row["provider_text"]
        if unresolved is not None:
            extra["freehold:region_text"] = unresolved
        tags.append(json.dumps(extra, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    resources = found.drop(columns=["unresolved_text", "found", "record"]).assign(tags=tags)
    return resources, found


_DERIVED_REASON = {
    "zone": places.REGION_FROM_ZONE,
    "arn": places.REGION_FROM_ARN,
    "block": places.REGION_FROM_PROVIDER,
}


def _account(
    opened: Opened,
    shape: Shape,
    rows: list[dict[str, Any]],
    skipped: Counter[str],
    found: pd.DataFrame,
) -> ImportAccount:
    unknown: Counter[tuple[str, str]] = Counter()
    derived: Counter[tuple[str, str]] = Counter()
    for row, how, provider in zip(rows, found["found"], found["provider_id"], strict=True):
        if how in _DERIVED_REASON:
            derived["region_id", _DERIVED_REASON[how]] += 1
        elif how != "id":
            lacking = GLOBAL if how == "missing" and row["scope"] == "global" else None
            unknown["region_id", lacking or places.REASONS[how]] += 1
        if provider is None:
            reason = (
                "the type does not tell whose cloud it is; its text is in tags"
                if row["role"] == "other"
                else places.PROVIDER_UNRESOLVED
            )
            unknown["provider_id", reason] += 1
        if row["service_category"] is None:
            unknown["service_category", "type is not in the list of known types"] += 1
        if row["given_id"] is None:
            unknown["resource_id", "not known before it is made; its address stands for it"] += 1
        if row["account"] is None:
            unknown["account", "not in the source"] += 1
    notes = [
        "only attributes on a fixed list are taken over; secrets in the file, and tags named like "
        "secrets, stay in the file",
        "a state or plan tells no cost",
    ]
    if shape.deleted:
        notes.append(f"{shape.deleted} resources that the plan deletes are not imported")
    return ImportAccount(
        kind=PLAN_KIND if shape.kind == "plan" else STATE_KIND,
        source_name=opened.source.name,
        sha256=opened.source.sha256,
        format_version=shape.version,
        read=len(shape.records),
        imported=len(rows),
        skipped=skipped_entries(skipped.items()),
        resources=len(rows),
        rows={"resources": len(rows)},
        unknown=unknown_entries((name, reason, n) for (name, reason), n in unknown.items()),
        derived=unknown_entries((name, reason, n) for (name, reason), n in derived.items()),
        notes=notes,
    )
