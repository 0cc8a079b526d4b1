"""Take over a CSV of newer or own facts: check it, show the difference, lay it over."""

import contextlib
import csv
import os
import tempfile
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict

from freehold.catalogue.checking import CatalogueProblem, check
from freehold.catalogue.dictionary import Table, shipped_tables
from freehold.catalogue.layers import lay_over, layer_folder, same_key
from freehold.catalogue.loading import open_catalogue
from freehold.catalogue.reading import header, load_csv, quoted
from freehold.errors import CatalogueError, InputError


class Difference(BaseModel):
    """One row that differs: `kind` is added, changed or absent; `columns` hold old and new."""

    model_config = ConfigDict(frozen=True)

    kind: str
    row: str
    columns: dict[str, tuple[str | None, str | None]]


class RefreshResult(BaseModel):
    """What a refresh would do or did; absent rows are kept, since a layer only replaces by key."""

    model_config = ConfigDict(frozen=True)

    table: str
    rows: int
    added: int
    changed: int
    unchanged: int
    absent: int
    differences: list[Difference]
    problems: list[CatalogueProblem]
    taken_over: str | None


def refresh(
    csv_path: str | Path, *, dry_run: bool = False, table: str | None = None
) -> RefreshResult:
    """Compare a CSV with the catalogue as it is now, and lay it over as the user's own facts.

    Args:
        csv_path: CSV in UTF-8 with exactly the columns of one shipped table.
        dry_run: only show the differences and problems, write nothing.
        table: name of the table; found by the header if left out.

    Raises:
        InputError: the file fits no table, holds a wrong value, a key twice, or problems
            forbid taking it over; nothing was changed.
    """
    path = Path(csv_path)
    with duckdb.connect() as connection:
        try:
            target = _recognised(path, table)
            load_csv(connection, path, target, "refreshed")
        except CatalogueError as error:
            raise InputError(error.what, where=error.where, mend=error.mend) from error
        open_catalogue(connection)
        _refuse_repeated_keys(connection, path, target)
        before = _problems(connection, target)
        differences, unchanged = _differences(connection, target)
        _keep_differing(connection, target)
        rows = lay_over(connection, target, "refreshed", f"catalogue.{quoted(target.name)}")
        problems = [item for item in _problems(connection, target) if item not in before]
        kinds = [difference.kind for difference in differences]
        absent = kinds.count("absent")
        taken_over = None
        if not dry_run:
            if problems:
                first = problems[0].sentence.rstrip(".")
                raise InputError(
                    f"The file has {len(problems)} problems, the first: {first}",
                    where=str(path),
                    mend="Correct the file and try again",
                )
            if len(differences) > absent:
                taken_over = str(_write_layer(connection, target))
    return RefreshResult(
        table=target.name,
        rows=rows,
        added=kinds.count("added"),
        changed=kinds.count("changed"),
        unchanged=unchanged,
        absent=absent,
        differences=differences,
        problems=problems,
        taken_over=taken_over,
    )


def _recognised(path: Path, name: str | None) -> Table:
    found = sorted(header(path))
    fitting = [
        table
        for table in shipped_tables().values()
        if table.name == name or (name is None and sorted(table.column_names) == found)
    ]
    if len(fitting) > 1:
        fitting = [table for table in fitting if table.name == path.stem]
    if not fitting:
        raise InputError(
            f"The catalogue has no table {name}"
            if name
            else "The header is that of no catalogue table",
            where=str(path),
            mend="Use exactly the columns of one table of the data dictionary",
        )
    return fitting[0]


def _refuse_repeated_keys(connection: duckdb.DuckDBPyConnection, path: Path, table: Table) -> None:
    key = ", ".join(quoted(name) for name in table.key)
    repeated = connection.execute(
        f"SELECT {key}, count(*) FROM refreshed GROUP BY {key} HAVING count(*) > 1"
        " ORDER BY ALL LIMIT 1"
    ).fetchone()
    if repeated is not None:
        values = ", ".join("blank" if value is None else str(value) for value in repeated[:-1])
        raise InputError(
            f"The key {values} of table {table.name} stands {repeated[-1]} times",
            where=str(path),
            mend="Keep one row for each key",
        )


def _problems(connection: duckdb.DuckDBPyConnection, table: Table) -> list[CatalogueProblem]:
    """Return the problems of the table and of every table that refers to it."""
    referring = [
        other.name
        for other in shipped_tables().values()
        if any(column.references.startswith(table.name + ".") for column in other.columns)
    ]
    return check(connection, tables=list(dict.fromkeys([table.name, *referring])))


def _differences(
    connection: duckdb.DuckDBPyConnection, table: Table
) -> tuple[list[Difference], int]:
    names = table.column_names
    texts = ", ".join(
        f"CAST({alias}.{quoted(name)} AS VARCHAR)" for alias in ("old", "new") for name in names
    )
    rows = connection.execute(
        f"SELECT old.is_old, new.is_new, {texts}"
        f" FROM (SELECT TRUE AS is_old, * FROM catalogue.{quoted(table.name)}) old"
        " FULL JOIN (SELECT TRUE AS is_new, * FROM refreshed) new"
        f" ON {same_key(table, 'old', 'new')} ORDER BY ALL"
    ).fetchall()
    found: list[Difference] = []
    unchanged = 0
    for is_old, is_new, *values in rows:
        old = dict(zip(names, values[: len(names)], strict=True))
        new = dict(zip(names, values[len(names) :], strict=True))
        known = new if is_new else old
        changed = {name: (old[name], new[name]) for name in names if old[name] != new[name]}
        kind = "changed" if is_old and is_new else "added" if is_new else "absent"
        if kind == "changed" and not changed:
            unchanged += 1
            continue
        key = "|".join(known[name] or "" for name in table.key)
        found.append(Difference(kind=kind, row=key, columns=changed if is_new else {}))
    return found, unchanged


def _keep_differing(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Keep the rows that differ: what is as it was must not pin a later snapshot's rows."""
    columns = ", ".join(quoted(name) for name in table.column_names)
    connection.execute(
        f"CREATE TABLE differing AS SELECT {columns} FROM refreshed"
        f" EXCEPT SELECT {columns} FROM catalogue.{quoted(table.name)}"
    )


def _write_layer(connection: duckdb.DuckDBPyConnection, table: Table) -> Path:
    """Write the differing rows over an earlier layer of the same table; replace it at once."""
    folder = layer_folder()
    path = folder / f"{table.name}.csv"
    connection.execute("CREATE OR REPLACE TABLE layered AS FROM refreshed LIMIT 0")
    if path.is_file():
        load_csv(connection, path, table, "layered", older=True)
    lay_over(connection, table, "differing", "layered")
    columns = ", ".join(
        f"CASE {quoted(c.name)} WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' END AS {quoted(c.name)}"
        if c.type == "bool"
        else f"CAST({quoted(c.name)} AS VARCHAR) AS {quoted(c.name)}"
        for c in table.columns
    )
    lines = connection.execute(f"SELECT {columns} FROM layered ORDER BY ALL").fetchall()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(table.column_names)
                writer.writerows(lines)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise InputError(
            "The layer cannot be written",
            where=str(path),
            mend="Free some space or allow writing there",
        ) from error
    return path
