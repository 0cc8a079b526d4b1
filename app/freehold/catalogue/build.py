"""Build the Parquet files from the reviewed CSV files: `python -m freehold.catalogue.build`."""

import json
import sys
from pathlib import Path

import duckdb

from freehold.catalogue.dictionary import datasets_folder, shipped_tables
from freehold.catalogue.reading import file_sha256, literal, load_csv, quoted
from freehold.errors import CatalogueError


def build(folder: Path | None = None, out: Path | None = None) -> dict[str, int]:
    """Write `parquet/TABLE.parquet` and `parquet/snapshot.json`; return the rows per table.

    The same CSV files and the same DuckDB give the same bytes.

    Raises:
        CatalogueError: a CSV does not follow the dictionary.
    """
    folder = folder or datasets_folder()
    out = out or folder / "parquet"
    out.mkdir(parents=True, exist_ok=True)
    snapshot = (folder / "snapshot.txt").read_text(encoding="utf-8").strip()
    rows: dict[str, int] = {}
    hashes: dict[str, str] = {}
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
        for name, table in shipped_tables().items():
            path = folder / "tables" / f"{name}.csv"
            load_csv(connection, path, table, quoted(name))
            counted = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
            rows[name] = int(counted[0]) if counted else 0
            hashes[name] = file_sha256(path)
            target = literal(str(out / f"{name}.parquet"))
            connection.execute(
                f"COPY {quoted(name)} TO {target} (FORMAT parquet, COMPRESSION zstd)"
            )
    for stale in set(out.glob("*.parquet")) - {out / f"{name}.parquet" for name in rows}:
        stale.unlink()
    tables = {name: {"rows": rows[name], "sha256": hashes[name]} for name in sorted(rows)}
    text = json.dumps({"snapshot": snapshot, "tables": tables}, indent=1, sort_keys=True)
    (out / "snapshot.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return rows


def main() -> int:
    """Build and print the row counts."""
    try:
        rows = build()
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(rows)} tables, {sum(rows.values())} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
