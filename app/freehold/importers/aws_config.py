"""AWS Config snapshots: `configurationItems`, one file per account and region, plain or gzip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from freehold.importers.account import ImportResult
from freehold.importers.inventory import (
    DELETED,
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

KIND = "aws_config"
TITLE = "AWS Config snapshot"

_INSTANCE_TYPES = (
    "instanceType",
    "dBInstanceClass",
    "dbInstanceClass",
    "nodeType",
    "cacheNodeType",
)
_KEYS = ("kmsKeyId", "kmsKeyArn", "kmsMasterKeyId")
_FLAGS = ("encrypted", "storageEncrypted", "multiAZ", "deletionProtection")
NO_ZONE = ("Not Applicable", "Multiple Availability Zones", "Regional")


def recognise(opened: Opened) -> bool:
    """Tell by its keys whether the JSON is a configuration snapshot or history."""
    document = mapping(opened.document)
    return opened.shape == "json" and isinstance(document.get("configurationItems"), list)


def read(opened: Opened, job: Job) -> ImportResult:
    """Read the configuration items of a snapshot; each file is complete for its own places."""
    document = mapping(opened.document)
    history = "configSnapshotId" not in document and "configurationHistory" in str(
        document.get("messageType", "")
    )
    return read_items(
        opened,
        job,
        _items(document["configurationItems"]),
        kind=KIND,
        version=text(document.get("fileVersion")),
        partial="a configuration history lists changes only, so nothing vanishes by it"
        if history
        else None,
    )


def _items(records: list[Any]) -> Iterator[Item | Left]:
    for record in records:
        if not isinstance(record, dict):
            yield Left(NOT_OBJECT, raw_text(record))
            continue
        type_, identity = text(record.get("resourceType")), text(record.get("resourceId"))
        arn = text(record.get("ARN") or record.get("arn"))
        if not type_ or not (arn or identity):
            yield Left(NO_ID, raw_text(record))
        elif "Deleted" in str(record.get("configurationItemStatus", "")):
            yield Left(DELETED)
        elif reason := left_out(type_):
            yield Left(reason)
        else:
            yield _item(record, type_, arn, identity)


def _item(record: dict[str, Any], type_: str, arn: str | None, identity: str | None) -> Item:
    account = text(record.get("awsAccountId") or record.get("accountId"))
    region = text(record.get("awsRegion"))
    zone = text(record.get("availabilityZone"))
    configuration = mapping(record.get("configuration"))
    tags = safe_tags(record.get("tags"))
    for name in (*_KEYS, *_FLAGS):
        said = text(configuration.get(name))
        if said is not None:
            tags[f"freehold:{name}"] = said
    is_global = region is not None and region.lower() == "global"
    parts = arn.split(":", 5) if arn else []
    return Item(
        resource_id=arn or f"{type_}/{identity}",
        name=text(record.get("resourceName")) or tags.get("Name") or identity,
        provider_text=_partition(parts[1] if len(parts) == 6 else "aws"),
        region_text=None if is_global else region,
        zone_text=None if zone in NO_ZONE else zone,
        arn_text=parts[3] if region is None and len(parts) == 6 and parts[3] else None,
        zone=None if zone in NO_ZONE else zone,
        account=account or (parts[4] if len(parts) == 6 and parts[4] else None),
        service_name=type_.split("::")[1] if type_.count("::") > 1 else None,
        resource_type=type_,
        instance_type=next(
            (text(configuration[name]) for name in _INSTANCE_TYPES if configuration.get(name)), None
        ),
        scope="global" if is_global else "",
        complete_for=f"{account}/{region}" if account and region else None,
        tags=tags,
    )


def _partition(partition: str) -> str:
    """Return the provider of an ARN's partition."""
    return {"aws-cn": "aws_china", "aws-us-gov": "aws_govcloud", "aws-eusc": "aws_eusc"}.get(
        partition, "aws"
    )
