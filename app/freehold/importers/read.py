"""Import one or several files: all of them or, if one is bad, nothing."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from freehold.errors import InputError
from freehold.estate.dictionary import tables
from freehold.importers import lookups
from freehold.importers.account import (
    IMPORTER_VERSION,
    ImportAccount,
    ImportResult,
    Part,
    sum_accounts,
    unknown_entries,
)
from freehold.importers.job import Job
from freehold.importers.merge import merge_sources
from freehold.importers.opened import Opened, open_source, with_table
from freehold.importers.profile import Profile, check_profile, load_profile
from freehold.importers.registry import Format, settle


def read(
    paths: Sequence[Path | str],
    *,
    connection: duckdb.DuckDBPyConnection,
    kind: str | None = None,
    profile: Profile | Path | str | None = None,
    catalogue: str = "catalogue",
    imported_at: datetime | None = None,
) -> ImportResult:
    """Read files into estate rows and an account.

    Args:
        paths: the files; several become one import of kind 'several'.
        connection: where the catalogue lies (schema `catalogue`); it is only read, and no file is
            ever opened through it.
        kind: the kind to read them as, instead of recognising it.
        profile: a column mapping, or the file that holds one, for tables of unknown layout.
        catalogue: the schema of the catalogue's tables.
        imported_at: the moment written into the account, naive UTC; now, if left out.

    Raises:
        InputError: any source is bad, or nothing in them can be imported; nothing was changed.
    """
    if not paths:
        raise InputError("There is no file to import", mend="Name one or more files")
    mapping = load_profile(profile) if isinstance(profile, Path | str) else profile
    if mapping is not None:
        check_profile(mapping, mapping.name)
    moment = imported_at or datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    with tempfile.TemporaryDirectory(prefix="freehold-import-") as folder:
        workroom = Path(folder)
        opened = [
            open_source(Path(path), workroom, number=number) for number, path in enumerate(paths)
        ]
        settled = [settle(entry, kind, mapping) for entry in opened]
        opened = [entry for entry, _ in settled]
        hashes = [entry.identity for entry in opened]
        for number, digest in enumerate(hashes):
            if digest in hashes[:number]:
                first = opened[hashes.index(digest)].source.name
                raise InputError(
                    "The same file is given twice",
                    where=f"{first} and {opened[number].source.name}",
                    mend="Name it once",
                )
        import_id = "import-" + hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]
        size = sum(entry.source.text_path.stat().st_size for entry in opened)
        private = lookups.private_connection(folder, size)
        try:
            lookups.take_over(private, connection, catalogue)
            results = [
                _read_one(chosen, entry, Job(private, workroom, import_id, number, mapping))
                for number, (entry, chosen) in enumerate(settled)
            ]
            for result in results:
                _refuse_nothing(result.account)
            _refuse_mixed_basis([result.account for result in results])
            return _finish(results, import_id, moment, private)
        finally:
            private.close()


def _read_one(chosen: Format, entry: Opened, job: Job) -> ImportResult:
    try:
        result = chosen.read(with_table(entry, job.workroom, number=job.number), job)
    except (duckdb.Error, MemoryError, RecursionError, OSError) as error:
        raise InputError(
            f"The file could not be worked through: {str(error).splitlines()[0][:160]}",
            where=entry.source.name,
            mend="Export it again; if that does not help, report it with a few of its lines",
        ) from error
    account = result.account
    account.unknown += unknown_entries(
        (column, reason, account.imported)
        for table in entry.tables
        for column, reason in table.unread
    )
    return result


def _refuse_nothing(account: ImportAccount) -> None:
    if account.read == 0:
        raise InputError(
            "The file holds no records", where=account.source_name, mend="Export it again"
        )
    if account.imported == 0:
        reasons = "; ".join(f"{entry.count} x {entry.reason}" for entry in account.skipped[:3])
        raise InputError(
            f"None of the {account.read} records can be imported: {reasons}",
            where=account.source_name,
        )


def _refuse_mixed_basis(accounts: list[ImportAccount]) -> None:
    """Refuse an actual and an amortised bill of one kind together: they hold the same money."""
    seen: dict[str, ImportAccount] = {}
    for account in accounts:
        if account.cost_basis is None:
            continue
        first = seen.setdefault(account.kind, account)
        if first.cost_basis != account.cost_basis:
            raise InputError(
                "Actual and amortised cost count the same money twice and are not added up",
                where=f"{first.source_name} is {first.cost_basis}, "
                f"{account.source_name} is {account.cost_basis}",
                mend="Import one of them",
            )


BOOKKEEPING = frozenset({"provenance", "import_accounts", "import_profiles"})
"""Frames that tell of the import itself and are no rows of the estate."""


def _finish(
    results: list[ImportResult],
    import_id: str,
    moment: datetime,
    connection: duckdb.DuckDBPyConnection,
) -> ImportResult:
    accounts = [result.account for result in results]
    whole = (
        ImportResult(account=accounts[0])
        if len(results) == 1
        else ImportResult(account=sum_accounts(accounts))
    )
    for number, result in enumerate(results):
        _give_provenance(result, import_id, number)
    whole.frames, parts = merge_sources(
        [result.frames for result in results], whole.account, connection
    )
    whole.parts = [
        Part(
            account=result.account,
            frames={name: rows for name, rows in frames.items() if name not in BOOKKEEPING},
            source_id=result.source_id,
            complete_for=result.complete_for
            if result.complete_for is not None
            else [result.source_id],
        )
        for result, frames in zip(results, parts, strict=True)
    ]
    for name, rows in whole.frames.items():
        if "provenance_id" in rows and "provenance_id" not in tables()[name].column_names:
            whole.frames[name] = rows.drop(columns="provenance_id")
    whole.frames["import_accounts"] = _account_rows(accounts, import_id, moment)
    rejected = [result.rejected for result in results if len(result.rejected)]
    if rejected:
        whole.rejected = pd.concat(rejected, ignore_index=True)
    return whole


def _give_provenance(result: ImportResult, import_id: str, number: int) -> None:
    """Name the source across its exports, and the record behind each row that names none."""
    account = result.account
    result.source_id = result.source_id or f"{account.kind}: {account.source_name}"
    known = result.frames.get("provenance")
    if known is not None and "source_id" not in known:
        result.frames["provenance"] = known.assign(source_id=result.source_id)
    added: dict[str, int | None] = {}
    for name, rows in result.frames.items():
        if name in BOOKKEEPING or "provenance_id" in rows or rows.empty:
            continue
        records: list[int | None] = [*result.records.get(name, [None] * len(rows))]
        ids = [f"{import_id}:{number}:{record or 'file'}" for record in records]
        added.update(zip(ids, records, strict=True))
        result.frames[name] = rows.assign(provenance_id=ids)
    if added:
        told = pd.DataFrame(
            {
                "provenance_id": list(added),
                "import_id": import_id,
                "source_name": account.source_name,
                "sha256": account.sha256,
                "record": pd.array(list(added.values()), dtype="Int64"),
                "records": 1,
                "importer": f"{account.kind} {IMPORTER_VERSION}",
                "source_id": result.source_id,
            }
        )
        known = result.frames.get("provenance")
        if known is not None:
            told = pd.concat([known, told], ignore_index=True).drop_duplicates("provenance_id")
        result.frames["provenance"] = told


def _account_rows(accounts: list[ImportAccount], import_id: str, moment: datetime) -> pd.DataFrame:
    names: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for account in accounts:
        names[account.source_name] = names.get(account.source_name, 0) + 1
        nth = names[account.source_name]
        plain = account.model_dump(mode="json")
        rows.append(
            {
                "import_id": import_id,
                "source_name": account.source_name + (f" ({nth})" if nth > 1 else ""),
                "kind": account.kind,
                "sha256": account.sha256,
                "imported_at": moment,
                "read": account.read,
                "imported": account.imported,
                "skipped": _canonical(plain["skipped"]),
                "unknown": _canonical(plain["unknown"]),
                "cost_column": account.cost_column if account.invoiced else None,
                "currency_totals": _canonical(plain["currency_totals"] if account.invoiced else {}),
                "resource_totals": _canonical(plain["resource_totals"]),
            }
        )
    return pd.DataFrame(rows)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
