"""Azure Resource Graph results: JSON pages `{data: [...]}`, plain arrays, and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from freehold.errors import InputError
from freehold.importers.account import ImportResult
from freehold.importers.csvfile import MAX_FIELD_CHARS
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

KIND = "azure_resource_graph"
TITLE = "Azure Resource Graph result"
PAGE_ROWS = 1000
PARTIAL = "the result is one page of several, so nothing vanishes by it"

_COLUMNS = {"id", "name", "type"}
_FLAGS = ("publicNetworkAccess", "encryptionAtHost", "minimumTlsVersion")


def recognise(opened: Opened) -> bool:
    """Tell by keys or column names, and by the shape of the ids, whether this is a result."""
    if opened.shape == "csv":
        lower = {name.lower() for name in opened.names}
        return lower >= _COLUMNS | {"location"} and bool(
            lower & {"subscriptionid", "tenantid", "resourcegroup"}
        )
    if opened.shape != "json":
        return False
    rows = _rows(opened.document)
    return any(
        isinstance(row, dict)
        and str(row.get("id", "")).lower().startswith(("/subscriptions/", "/providers/"))
        and isinstance(row.get("type"), str)
        for row in rows[:20]
    )


def read(opened: Opened, job: Job) -> ImportResult:
    """Read a result into resources.

    Raises:
        InputError: the CSV cannot be split into fields.
    """
    if opened.shape == "csv":
        return read_items(opened, job, _items(_csv_rows(opened)), kind=KIND, version="CSV")
    rows = _rows(opened.document)
    return read_items(
        opened,
        job,
        _items(iter(rows)),
        kind=KIND,
        version="array" if isinstance(opened.document, list) else "page",
        partial=PARTIAL if _is_page(opened.document, len(rows)) else None,
    )


def _rows(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    data = mapping(document).get("data")
    if isinstance(data, dict):  # the older table layout: columns and rows apart
        names = [str(mapping(c).get("name", "")) for c in data.get("columns") or []]
        lists = data.get("rows")
        return [
            dict(zip(names, row, strict=False)) if isinstance(row, list) else row
            for row in (lists if isinstance(lists, list) else [])
        ]
    return data if isinstance(data, list) else []


def _is_page(document: Any, count: int) -> bool:
    """Tell whether more rows exist than the file holds; a round thousand is taken for a page."""
    page = mapping(document)
    total = page.get("totalRecords", page.get("total_records"))
    if isinstance(total, int) and not isinstance(total, bool):
        return total > count
    more = page.get("$skipToken") or page.get("skip_token") or page.get("skipToken")
    truncated = str(page.get("resultTruncated", page.get("result_truncated", ""))).lower() == "true"
    return bool(more) or truncated or (count > 0 and count % PAGE_ROWS == 0)


def _csv_rows(opened: Opened) -> Iterator[Any]:
    csv.field_size_limit(MAX_FIELD_CHARS)
    names = [_CASE.get(name.lower(), name) for name in opened.names]
    try:
        with opened.source.text_path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream, delimiter=opened.delimiter)
            next(lines, None)
            for line in lines:
                if not line:
                    continue
                if len(line) != len(names):
                    yield Left("not understood: record has too few or too many fields",
                               raw_text(line))  # fmt: skip
                    continue
                yield {name: _cell(name, cell) for name, cell in zip(names, line, strict=True)}
    except csv.Error as error:
        raise InputError("The records cannot be read", where=opened.source.name) from error


_CASE = {
    name.lower(): name
    for name in ("id", "name", "type", "location", "resourceGroup", "subscriptionId", "tenantId",
                 "sku", "kind", "zones", "tags", "properties")
}  # fmt: skip
_NESTED = ("sku", "zones", "tags", "properties")


def _cell(name: str, cell: str) -> Any:
    """Return a cell; those of nested columns hold JSON, and 'null' means nobody has said."""
    if cell.strip().lower() in ("", "null"):
        return None
    if name in _NESTED and cell.lstrip()[:1] in "{[":
        try:
            return json.loads(cell, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return None
    return cell


def _items(rows: Iterator[Any]) -> Iterator[Item | Left]:
    for row in rows:
        if isinstance(row, Left):
            yield row
        elif not isinstance(row, dict):
            yield Left(NOT_OBJECT, raw_text(row))
        else:
            identity, type_ = text(row.get("id")), text(row.get("type"))
            if not identity or not type_:
                yield Left(NO_ID, raw_text(row))
            elif reason := left_out(type_):
                yield Left(reason)
            else:
                yield _item(row, identity, type_.lower())


def _item(row: dict[str, Any], identity: str, type_: str) -> Item:
    parts = identity.split("/")
    subscription = text(row.get("subscriptionId")) or (
        parts[2] if len(parts) > 2 and parts[1].lower() == "subscriptions" else None
    )
    location = text(row.get("location"))
    is_global = location is not None and location.lower() == "global"
    properties, sku = mapping(row.get("properties")), mapping(row.get("sku"))
    tags = safe_tags(row.get("tags"))
    group = text(row.get("resourceGroup"))
    if group:
        tags["freehold:resource_group"] = group
    for name in _FLAGS:
        said = text(properties.get(name))
        if said is not None:
            tags[f"freehold:{name}"] = said
    size = mapping(properties.get("hardwareProfile")).get("vmSize")
    zones = row.get("zones")
    zone = ", ".join(str(z) for z in zones[:5]) if isinstance(zones, list) and zones else None
    return Item(
        resource_id=identity,
        name=text(row.get("name")),
        provider_text="azure",
        region_text=None if is_global else location,
        zone=zone,
        account=subscription,
        service_name=type_.split("/", maxsplit=1)[0],
        resource_type=type_,
        instance_type=text(size) or text(sku.get("name")) or text(row.get("sku")),
        scope="global" if is_global else "",
        # A query often asks for some types only, so a result is complete for those it holds.
        complete_for=f"{subscription}/{type_}" if subscription else type_,
        tags=tags,
    )
