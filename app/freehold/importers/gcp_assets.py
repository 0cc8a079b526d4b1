"""Google Cloud Asset Inventory: one asset a line or an array, snake_case or camelCase keys.

Older exports name no location; it is then read from the zone, region or location that the asset's
data or its own name contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from freehold.importers import json_lines
from freehold.importers.account import ImportResult
from freehold.importers.inventory import (
    NO_ID,
    NOT_OBJECT,
    Item,
    Left,
    mapping,
    raw_text,
    read_items,
    safe_tags,
    text,
)
from freehold.importers.inventory_types import left_out
from freehold.importers.job import Job
from freehold.importers.opened import Opened

KIND = "gcp_assets"
TITLE = "Google Cloud Asset Inventory export"
NO_DATA = "no resource data: the export holds policies only"

_PLACE = re.compile(r"/(?:zones|regions|locations)/([a-z0-9-]+)")
_PROJECT = re.compile(r"(?:^|/)projects/([^/]+)")
_ZONE = re.compile(r"^[a-z]+(?:-[a-z]+)+[0-9]+-[a-z]$")
_KEYS = ("kmsKeyName", "defaultKmsKeyName", "diskEncryptionKey")


def recognise(opened: Opened) -> bool:
    """Tell by its keys whether the first records are assets."""
    if opened.shape == "ndjson":
        return _is_asset(opened.document)
    return opened.shape == "json" and any(_is_asset(row) for row in _rows(opened.document)[:20])


def read(opened: Opened, job: Job) -> ImportResult:
    """Read assets into resources; an export is complete for the projects it names."""
    if opened.shape == "ndjson":
        rows: Iterator[Any] = json_lines.records(opened.source)
        page = False
    else:
        rows = iter(_rows(opened.document))
        page = bool(mapping(opened.document).get("nextPageToken"))
    numbers: dict[str, str] = {}
    camel = "assetType" in mapping(_first(opened))
    return read_items(
        opened,
        job,
        _items(rows, numbers),
        kind=KIND,
        version="camelCase keys" if camel else "snake_case keys",
        partial="the export is one page of several, so nothing vanishes by it" if page else None,
        accounts=numbers,
    )


def _first(opened: Opened) -> Any:
    if opened.shape == "ndjson":
        return opened.document
    return next((row for row in _rows(opened.document) if _is_asset(row)), None)


def _is_asset(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("name"), str)
        and row["name"].startswith("//")
        and ("assetType" in row or "asset_type" in row)
    )


def _rows(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    page = mapping(document)
    for name in ("assets", "results"):
        if isinstance(page.get(name), list):
            return list(page[name])
    return [document] if _is_asset(document) else []


def _items(rows: Iterator[Any], numbers: dict[str, str]) -> Iterator[Item | Left]:
    """Yield what each asset is; `numbers` learns the id of each project whose number is told."""
    for row in rows:
        if isinstance(row, json_lines.BadLine):
            yield Left(str(row), row.raw)
        elif not isinstance(row, dict):
            yield Left(NOT_OBJECT, raw_text(row))
        else:
            name, type_ = text(row.get("name")), text(row.get("assetType", row.get("asset_type")))
            if not name or not type_:
                yield Left(NO_ID, raw_text(row))
            elif reason := left_out(type_):
                data = mapping(mapping(row.get("resource")).get("data"))
                number, project = text(data.get("projectNumber")), text(data.get("projectId"))
                if number and project:
                    numbers[number] = project
                yield Left(reason)
            elif not ("resource" in row or "location" in row):
                yield Left(NO_DATA)
            else:
                yield _item(row, name, type_)


def _item(row: dict[str, Any], name: str, type_: str) -> Item:
    resource = mapping(row.get("resource"))
    data = mapping(resource.get("data"))
    # Search results hold the same facts beside the name instead of inside the resource.
    stated = text(resource.get("location")) or text(row.get("location"))
    zone = _place(data.get("zone"))
    region = _place(data.get("region"))
    other = _place(data.get("location")) or _place(data.get("locationId"))
    within = _PLACE.search(name)
    place = stated or zone or region or other or (within[1] if within else None)
    is_global = place == "global" or (place is None and "/global/" in name)
    zone = zone or (place if place and _ZONE.match(place) else None)
    tags = safe_tags(row.get("labels") or data.get("labels"))
    for key in _KEYS:
        value = data.get(key)
        said = text(mapping(value).get("kmsKeyName") if isinstance(value, dict) else value)
        if said is not None:
            tags[f"freehold:{key}"] = said
    project = _project(row, resource, name)
    return Item(
        resource_id=name,
        name=text(row.get("displayName")) or _last(text(data.get("name"))) or _last(name),
        provider_text="gcp",
        region_text=None if is_global else (stated or region or other),
        zone_text=None if is_global else zone,
        arn_text=None if is_global or stated or region or other or zone else place,
        zone=zone,
        account=project,
        service_name=type_.split("/", maxsplit=1)[0],
        resource_type=type_,
        instance_type=_last(text(data.get("machineType"))),
        scope="global" if is_global else "",
        complete_for=project,
        tags=tags,
        **_accelerators(data),
    )


def _place(value: Any) -> str | None:
    """Return the zone, region or location that a text is or whose path it ends in."""
    said = text(value)
    if said is None:
        return None
    within = _PLACE.search(said)
    if within:
        return within[1]
    return None if "/" in said else said


def _last(value: str | None) -> str | None:
    return value.rstrip("/").rpartition("/")[2] if value else None


def _project(row: dict[str, Any], resource: dict[str, Any], name: str) -> str | None:
    """Return the project by the id its own name gives, else by the number the source gives."""
    found = _PROJECT.search(name)
    if found:
        return found[1]
    for ancestor in row.get("ancestors") or []:
        if isinstance(ancestor, str) and ancestor.startswith("projects/"):
            return ancestor.removeprefix("projects/")
    stated = text(row.get("project")) or text(resource.get("parent"))
    found = _PROJECT.search(stated) if stated else None
    return found[1] if found else None


def _accelerators(data: dict[str, Any]) -> dict[str, Any]:
    """Return the accelerators attached to a machine, if all are of one type."""
    attached = data.get("guestAccelerators")
    entries = [mapping(e) for e in attached] if isinstance(attached, list) else []
    names = {_last(text(e.get("acceleratorType"))) for e in entries}
    if len(names) != 1 or None in names:
        return {}
    counts = [e.get("acceleratorCount") for e in entries]
    known = all(isinstance(c, int) and not isinstance(c, bool) and c >= 0 for c in counts)
    return {
        "accelerator_text": names.pop(),
        "accelerator_count": float(sum(c for c in counts if isinstance(c, int))) if known else None,
    }
