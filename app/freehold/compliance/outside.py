"""Packs from outside: read, checked and judged in a child process, never in this one.

The trust line: what ships with Freehold is trusted and runs here; every other pack does not.
"""

import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.evaluating import by_view
from freehold.compliance.fuse import CONFIRMED, FAIL, FLAGGED
from freehold.compliance.outside_jobs import packed, unpacked
from freehold.compliance.packs import Pack, Reading
from freehold.compliance.rule import PackHead
from freehold.compliance.store import Columns, Stored
from freehold.errors import InputError, RuleError
from freehold.estate.sql import quoted
from freehold.sandbox import run_child

READ_S = 30.0
"""Seconds that reading and checking a folder of packs may take."""

MOST_FILES = 2_000
MOST_BYTES = 16_000_000
"""Of YAML in one folder of packs."""

_HIGHEST_CODE = FAIL + CONFIRMED * (FAIL + 1) + FLAGGED


def read_outside(folder: Path) -> Reading:
    """Read and check the packs of a folder in a child process.

    Raises:
        RuleError: there is no such folder, it holds no rules, or it took too much to look at.
    """
    guard(folder)
    try:
        told = run_child(
            "rules.read",
            {"folder": str(folder)},
            what="The pack",
            where=str(folder),
            seconds=READ_S,
        )
    except InputError as error:
        raise RuleError(error.what, where=error.where, mend=error.mend) from None
    problems = tuple(
        RuleError(p["what"], where=p["where"], mend=p["mend"]) for p in told["problems"]
    )
    return Reading(tuple(unpacked(told["packs"])), (), problems, told["files"])


def guard(folder: Path) -> None:
    """Refuse a folder that is none, or whose YAML is more than any pack needs.

    Raises:
        RuleError: it is so.
    """
    if not folder.is_dir():
        raise RuleError("There is no such folder", where=str(folder))
    total = 0
    for number, path in enumerate((*folder.glob("*.yaml"), *folder.glob("*/*.yaml")), start=1):
        total += path.stat().st_size if path.is_file() else 0
        if number > MOST_FILES or total > MOST_BYTES:
            most = f"{MOST_FILES} files or {MOST_BYTES // 10**6} MB of YAML"
            raise RuleError(
                f"The folder holds more than {most}", where=str(folder), mend="Split the pack"
            )


def judge_outside(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Compiled],
    as_of: date,
    *,
    views: str,
    store: str,
    stopped: Callable[[], bool] = lambda: False,
) -> list[Stored]:
    """Judge rules from outside in a child process and take over its codes.

    Raises:
        RuleError: the rules took too long or too much memory, or what came back is no verdict.
    """
    names = ", ".join(sorted({rule.pack for rule in rules}))
    with tempfile.TemporaryDirectory(prefix="freehold-") as folder:
        files, cells = _hand_over(connection, rules, views, Path(folder))
        # A second and a megabyte per 100,000 and 10,000 values, beyond what a start takes.
        seconds, memory_mib = 30.0 + cells / 1e5, 512 + cells // 10_000
        request = {
            "packs": packed(_as_packs(rules)),
            "as_of": as_of.isoformat(),
            "views": files,
            "out": folder,
            "seconds": seconds,
            "memory_mib": memory_mib,
        }
        try:
            told = run_child(
                "rules.judge",
                request,
                what=f"The pack {names}",
                seconds=seconds,
                memory_mib=memory_mib,
                stopped=stopped,
            )
        except InputError as error:
            raise RuleError(error.what, where=error.where, mend=error.mend) from None
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(store)}")
        return [
            _taken(connection, Path(folder) / f"codes{number}.parquet", item, rules, store)
            for number, item in enumerate(told["stored"])
        ]


def _as_packs(rules: Sequence[Compiled]) -> list[Pack]:
    groups: dict[str, list[Compiled]] = {}
    for rule in rules:
        groups.setdefault(rule.pack, []).append(rule)
    return [Pack(PackHead(id=name), tuple(r.rule for r in group)) for name, group in groups.items()]


def _hand_over(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Compiled], views: str, folder: Path
) -> tuple[dict[str, str], int]:
    """Write the columns that the rules read as Parquet; return the files and how many values."""
    wanted: dict[str, dict[str, None]] = {}
    for name, group in by_view(rules).items():
        view = group[0].view
        columns = wanted.setdefault(name, {})
        for rule in group:
            columns |= dict.fromkeys((view.key[0], *rule.columns))
            columns |= {
                unverified_name(column): None
                for column in rule.columns
                if column in view.documented and view.documented[column].verified
            }
            if rule.parent:
                columns[rule.parent.key[0]] = None
                wanted.setdefault(rule.parent.name, {})[rule.parent.key[0]] = None
    files: dict[str, str] = {}
    cells = 0
    for number, (name, columns) in enumerate(wanted.items()):
        path = folder / f"view{number}.parquet"
        selected = ", ".join(quoted(column) for column in columns)
        target = str(path).replace("'", "''")
        row = connection.execute(
            f"COPY (SELECT {selected} FROM {quoted(views)}.{quoted(name)})"
            f" TO '{target}' (FORMAT parquet)"
        ).fetchone()
        cells += (row[0] if row else 0) * len(columns)
        files[name] = str(path)
    return files, cells


def _taken(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    item: dict[str, object],
    rules: Sequence[Compiled],
    store: str,
) -> Stored:
    """Take over one table of codes, held to what a table of codes can be."""
    by_id = {rule.rule.id: rule for rule in rules}
    pairs = [(str(rule), str(column)) for rule, column in item["rules"]]  # type: ignore[attr-defined]
    view, subjects = str(item["view"]), str(item["subjects"])
    sound = all(
        rule in by_id and by_id[rule].view.name == view and by_id[rule].subjects.name == subjects
        for rule, _ in pairs
    )
    if not sound or not path.is_file():
        raise RuleError("The child process gave no verdicts", mend="Check the pack")
    table = f"{quoted(store)}.{quoted(f'outside_{path.stem}')}"
    codes = ", ".join(
        f"CAST(CASE WHEN {quoted(c)} BETWEEN 0 AND {_HIGHEST_CODE} THEN {quoted(c)} END"
        f" AS UTINYINT) AS {quoted(c)}"
        for _, c in pairs
    )
    source = str(path).replace("'", "''")
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT CAST(subject_id AS VARCHAR) AS subject_id,"
        f" {codes} FROM read_parquet('{source}')"
    )
    return Stored(table, view, subjects, tuple(Columns(rule, column) for rule, column in pairs))
