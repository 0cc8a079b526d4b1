"""What an import read, took over, left out and did not know: the account every import ends in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_serializer

IMPORTER_VERSION = "1"
NO_CURRENCY = "XXX"
"""ISO 4217 code for amounts whose source names no currency."""

REJECTED_COLUMNS = ("source", "record", "reason", "raw")


class Skipped(BaseModel):
    """Source records left out for one reason."""

    reason: str
    count: int


class Unknown(BaseModel):
    """A field of the estate the source did not tell, in `count` of its imported records."""

    field: str
    reason: str
    count: int


class RowName(BaseModel):
    """A row of the document by table and key."""

    table: str
    row: str


class Conflict(BaseModel):
    """A field of which two sources say different things; `source` says the value in force.

    `source` and `other_source` name a file and, after '#', its record, or say 'edited here'.
    """

    table: str
    row: str
    field: str
    value: str | None
    source: str
    other_value: str | None
    other_source: str


class ImportAccount(BaseModel):
    """The account of one source, or the sum over several (`kind` 'several', `sources` filled).

    `read` = `imported` + the sum of `skipped`, in source records; `currency_totals` sums
    `cost_column` over every readable record per ISO 4217 currency, charges that are no resources
    included; `resource_totals` is the part of it that the imported resources carry. `derived` lists
    fields read from another field of the source, and from which. `added`, `updated`, `unchanged`
    and `vanished` count rows against what the document held; `vanished_rows` and `conflicts` list
    the first of them. `cost_basis` is
    'actual' where a commitment is charged when bought and 'amortised' where its cost is spread over
    its use, for sources that come in both.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str
    source_name: str
    sha256: str | None = None
    format_version: str | None = None
    read: int
    imported: int
    skipped: list[Skipped] = Field(default_factory=list)
    resources: int = 0
    rows: dict[str, int] = Field(default_factory=dict)
    unknown: list[Unknown] = Field(default_factory=list)
    derived: list[Unknown] = Field(default_factory=list)
    cost_column: str | None = None
    cost_basis: str | None = None
    currency_totals: dict[str, Decimal] = Field(default_factory=dict)
    resource_totals: dict[str, Decimal] = Field(default_factory=dict)
    billed_totals: dict[str, Decimal] = Field(default_factory=dict)
    charge_from: date | None = None
    charge_to: date | None = None
    ignored_columns: list[str] = Field(default_factory=list)
    rejected: int = 0
    added: int | None = None
    updated: int | None = None
    unchanged: int | None = None
    vanished: int | None = None
    vanished_rows: list[RowName] = Field(default_factory=list)
    conflict_count: int | None = None
    conflicts: list[Conflict] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    sources: list[ImportAccount] | None = None

    @field_serializer("currency_totals", "resource_totals", "billed_totals", when_used="json")
    def _as_numbers(self, totals: dict[str, Decimal]) -> dict[str, float]:
        return {currency: float(total) for currency, total in totals.items()}

    @property
    def invoiced(self) -> bool:
        """False where the totals are money promised ahead, which is never added to cost."""
        return self.kind != "focus_commitments"

    @property
    def adds_up(self) -> bool:
        """True when every record read is either imported or skipped for a stated reason."""
        return self.read == self.imported + sum(entry.count for entry in self.skipped)


def no_rejects() -> pd.DataFrame:
    """Return an empty list of rejected records."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in REJECTED_COLUMNS})


@dataclass
class Part:
    """What one source of an import says: its frames, each with a column `provenance_id`.

    `complete_for` are the source ids of which this file lists everything.
    """

    account: ImportAccount
    frames: dict[str, pd.DataFrame]
    source_id: str
    complete_for: list[str]


@dataclass
class ImportResult:
    """Rows ready for the estate, one frame per base table, with the account of the import.

    `frames` maps a base table to rows with its columns (those absent are NULL); `rejected` lists
    the source records that were not understood, with their raw text. `source_id` names
    the source across its exports (kind, and file name or what it is about); rows of `provenance`
    may name a narrower one each. `complete_for` are the source ids that this file lists completely:
    what an earlier file of such a source listed and this one does not has vanished. None means
    `source_id` itself. `records` gives the first source record of each row of a table that has no
    `provenance_id`. `parts` holds what each source said by itself, for the document to remember.
    """

    account: ImportAccount
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    rejected: pd.DataFrame = field(default_factory=no_rejects)
    records: dict[str, list[int]] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    source_id: str = ""
    complete_for: list[str] | None = None


def skipped_entries(counts: Iterable[tuple[str, int]]) -> list[Skipped]:
    """Turn (reason, count) pairs into entries, equal reasons added up, largest first."""
    total: dict[str, int] = {}
    for reason, count in counts:
        total[reason] = total.get(reason, 0) + int(count)
    ordered = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    return [Skipped(reason=reason, count=count) for reason, count in ordered if count]


def unknown_entries(counts: Iterable[tuple[str, str, int]]) -> list[Unknown]:
    """Turn (field, reason, count) triples into entries, equal ones added up, by field."""
    total: dict[tuple[str, str], int] = {}
    for name, reason, count in counts:
        total[name, reason] = total.get((name, reason), 0) + int(count)
    ordered = sorted(total.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    return [
        Unknown(field=name, reason=reason, count=count)
        for (name, reason), count in ordered
        if count
    ]


def add_totals(parts: Iterable[dict[str, Decimal]]) -> dict[str, Decimal]:
    """Add totals currency by currency; different currencies are never added."""
    total: dict[str, Decimal] = {}
    for part in parts:
        for currency, amount in part.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return dict(sorted(total.items()))


def sum_accounts(accounts: list[ImportAccount]) -> ImportAccount:
    """Return the account of several sources: sums, kind 'several', the parts in `sources`.

    Sums of commitments stay in their own part: promised money is no cost.
    """
    cost_columns = sorted({a.cost_column for a in accounts if a.cost_column and a.invoiced})
    starts = [entry.charge_from for entry in accounts if entry.charge_from]
    ends = [entry.charge_to for entry in accounts if entry.charge_to]
    rows: dict[str, int] = {}
    for entry in accounts:
        for table, count in entry.rows.items():
            rows[table] = rows.get(table, 0) + count
    return ImportAccount(
        kind="several",
        source_name="; ".join(entry.source_name for entry in accounts),
        read=sum(entry.read for entry in accounts),
        imported=sum(entry.imported for entry in accounts),
        skipped=skipped_entries((s.reason, s.count) for a in accounts for s in a.skipped),
        resources=sum(entry.resources for entry in accounts),
        rows=rows,
        unknown=unknown_entries((u.field, u.reason, u.count) for a in accounts for u in a.unknown),
        derived=unknown_entries((u.field, u.reason, u.count) for a in accounts for u in a.derived),
        cost_column=", ".join(cost_columns) or None,
        currency_totals=add_totals(entry.currency_totals for entry in accounts if entry.invoiced),
        resource_totals=add_totals(entry.resource_totals for entry in accounts),
        billed_totals=add_totals(entry.billed_totals for entry in accounts),
        charge_from=min(starts, default=None),
        charge_to=max(ends, default=None),
        rejected=sum(entry.rejected for entry in accounts),
        sources=accounts,
    )
