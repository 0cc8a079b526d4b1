"""Names in exports -> catalogue ids: providers, regions, zones and machine types.

Everything is a join on tables; a name that the catalogue does not know stays unknown.
"""

from __future__ import annotations

import importlib.resources
import os
from functools import cache

import duckdb
import pandas as pd

from freehold.catalogue.spellings import region_spelling_sql
from freehold.errors import CatalogueError

MOST_THREADS = 8
BASE_MIB, MIB_PER_THREAD = 256, 128
SMALL_BYTES = 4 * 1024**2

_NEEDED = ("providers", "regions")
_READ = (
    *_NEEDED,
    "provider_spellings",
    "region_spellings",
    "skus",
    "accelerators",
    "accelerator_aliases",
)
_LOOKUPS = (
    "provider_lookup",
    "place_lookup",
    "accelerator_lookup",
    "zone_lookup",
    "wide_lookup",
    "sku_lookup",
)
_SPELLING_COLUMNS = ("spelling", "alias", "text", "raw", "name")

NORMAL = region_spelling_sql("{0}")
"""SQL that makes spellings comparable: lower case, letters and digits only."""


@cache
def data_text(name: str) -> str:
    """Return one of this room's data files as text."""
    return importlib.resources.files("freehold.importers").joinpath(name).read_text("utf-8")


def data_frame(name: str) -> pd.DataFrame:
    """Return one of this room's CSV data files, every column as text."""
    import io

    return pd.read_csv(
        io.StringIO(data_text(name)), dtype=str, keep_default_na=False, index_col=False
    )


def private_connection(workroom: str, size_bytes: int) -> duckdb.DuckDBPyConnection:
    """Return a database of its own, the only one that may read the user's files.

    It is on disk unless the `size_bytes` of the files are few: then nothing waits for the disk.
    """
    small = size_bytes <= SMALL_BYTES
    connection = duckdb.connect(":memory:" if small else f"{workroom}/import.duckdb")
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    connection.execute("SET preserve_insertion_order=true")
    connection.execute("SET autoinstall_known_extensions=false")
    connection.execute("SET autoload_known_extensions=false")
    connection.execute(f"SET temp_directory='{workroom}'")
    # Memory is bounded, whatever the size of a file: the rest waits on disk.
    threads = min(os.cpu_count() or 1, MOST_THREADS)
    connection.execute(f"SET threads={threads}")
    connection.execute(f"SET memory_limit='{BASE_MIB + MIB_PER_THREAD * threads} MiB'")
    return connection


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[str]:
    """Return the columns of a table or view, none if it does not exist."""
    try:  # the system tables would be gathered for every table there is
        found = connection.execute(f'SELECT * FROM {schema}."{table}" LIMIT 0').description
    except duckdb.CatalogException:
        return []
    return [column[0] for column in found or []]


def take_over(
    reader: duckdb.DuckDBPyConnection,
    catalogue: duckdb.DuckDBPyConnection,
    schema: str = "catalogue",
) -> None:
    """Lay the lookups of the catalogue's tables into `reader`.

    They are `provider_lookup(key, provider_id)`, `place_lookup(asked_id, key, provider_id,
    region_id)` (a provider's own regions, and those of its separate partitions),
    `accelerator_lookup(key, accelerator_id)`, `zone_lookup(provider_id, pattern)`,
    `wide_lookup(provider_id, key)` (areas that are no single region) and
    `sku_lookup(provider_id, instance_type, accelerator_id, accelerator_count)`.

    Raises:
        CatalogueError: the catalogue's tables are not there.
    """
    content = _content(catalogue, schema)
    found = _known.get(content)
    if found is None:
        found = _lookups(catalogue, schema)
        if len(_known) >= _MOST_KNOWN:
            _known.pop(next(iter(_known)))
        _known[content] = found
    for name, frame in found.items():
        reader.register(name, frame)


_MOST_KNOWN = 4
_known: dict[tuple[object, ...], dict[str, pd.DataFrame]] = {}
"""The lookups by what the catalogue's tables hold: every import of a session asks for the same."""


def _content(catalogue: duckdb.DuckDBPyConnection, schema: str) -> tuple[object, ...]:
    """Return what tells the content of the tables apart that the lookups are built from."""
    seen: list[object] = []
    for table in _READ:
        try:
            counted = catalogue.execute(
                f"SELECT count(*), sum(hash(*COLUMNS(*))) FROM {schema}.{table}"
            ).fetchall()
        except duckdb.CatalogException:
            if table in _NEEDED:
                raise CatalogueError(
                    f"The catalogue has no table {table}", mend="Reinstall Freehold"
                ) from None
            counted = []
        seen += counted
    return tuple(seen)


def _lookups(catalogue: duckdb.DuckDBPyConnection, schema: str) -> dict[str, pd.DataFrame]:
    providers = _frame(catalogue, f"SELECT provider_id, name FROM {schema}.providers")
    regions = _frame(catalogue, f"SELECT provider_id, region_id, name FROM {schema}.regions")
    spelt_providers = _spellings(catalogue, schema, "provider_spellings", ["provider_id"])
    spelt_regions = _spellings(catalogue, schema, "region_spellings", ["provider_id", "region_id"])
    if columns_of(catalogue, schema, "skus"):
        skus = _frame(
            catalogue,
            "SELECT provider_id, lower(instance_type) AS instance_type, "
            "any_value(accelerator_id) AS accelerator_id, "
            "any_value(accelerator_count)::DOUBLE AS accelerator_count "
            f"FROM {schema}.skus WHERE instance_type IS NOT NULL AND accelerator_count > 0 "
            "GROUP BY ALL "
            "HAVING count(DISTINCT coalesce(accelerator_id, '')) = 1 "
            "AND count(DISTINCT coalesce(accelerator_count::VARCHAR, '')) = 1",
        )
    else:
        skus = pd.DataFrame(
            columns=["provider_id", "instance_type", "accelerator_id", "accelerator_count"]
        )
    accelerators = [
        _frame(catalogue, f"SELECT {column} AS spelling, accelerator_id FROM {schema}.{table}")
        for table, column in (("accelerators", "accelerator_id"), ("accelerator_aliases", "alias"))
        if {column, "accelerator_id"} <= set(columns_of(catalogue, schema, table))
    ]
    with duckdb.connect() as scratch:
        for name, frame in {
            "given_accelerators": pd.concat(accelerators)
            if accelerators
            else pd.DataFrame({"spelling": pd.Series(dtype="str"), "accelerator_id": []}),
            "given_providers": providers,
            "given_regions": regions,
            "given_provider_spellings": spelt_providers,
            "given_region_spellings": spelt_regions,
            "given_families": data_frame("provider_families.csv"),
            "given_zones": data_frame("zone_patterns.csv"),
            "given_wide": data_frame("wide_places.csv"),
            "given_skus": skus,
        }.items():
            scratch.register(name, frame)
        scratch.execute(_LOOKUP_SQL)
        return {name: _frame(scratch, f"SELECT * FROM {name}") for name in _LOOKUPS}


def _frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pd.DataFrame:
    return connection.execute(sql).df()


def _spellings(
    catalogue: duckdb.DuckDBPyConnection, schema: str, table: str, ids: list[str]
) -> pd.DataFrame:
    columns = columns_of(catalogue, schema, table)
    spelt = next((name for name in _SPELLING_COLUMNS if name in columns), None)
    if spelt is None or not set(ids) <= set(columns):
        return pd.DataFrame({name: pd.Series(dtype="str") for name in [*ids, "spelling"]})
    return _frame(catalogue, f"SELECT {', '.join(ids)}, {spelt} AS spelling FROM {schema}.{table}")


_LOOKUP_SQL = f"""
CREATE OR REPLACE TABLE provider_lookup AS
WITH spelt AS (
    SELECT provider_id, {NORMAL.format("provider_id")} AS key, 1 AS rank FROM given_providers
    UNION ALL SELECT provider_id, {NORMAL.format("spelling")}, 2 FROM given_provider_spellings
    UNION ALL SELECT provider_id, {NORMAL.format("name")}, 3 FROM given_providers
), best AS (
    SELECT key, provider_id FROM spelt WHERE key <> ''
    QUALIFY rank = min(rank) OVER (PARTITION BY key)
)
SELECT key, any_value(provider_id) AS provider_id FROM best
GROUP BY key HAVING count(DISTINCT provider_id) = 1;

CREATE OR REPLACE TABLE own_places AS
WITH spelt AS (
    SELECT provider_id, region_id, {NORMAL.format("region_id")} AS key, 1 AS rank
    FROM given_regions
    UNION ALL SELECT provider_id, region_id, {NORMAL.format("spelling")}, 2
    FROM given_region_spellings
    UNION ALL SELECT provider_id, region_id, {NORMAL.format("name")}, 3
    FROM given_regions WHERE name IS NOT NULL
), best AS (
    SELECT provider_id, key, region_id FROM spelt WHERE key <> ''
    QUALIFY rank = min(rank) OVER (PARTITION BY provider_id, key)
)
SELECT provider_id, key, any_value(region_id) AS region_id FROM best
GROUP BY provider_id, key HAVING count(DISTINCT region_id) = 1;

CREATE OR REPLACE TABLE place_lookup AS
SELECT provider_id AS asked_id, key, provider_id, region_id FROM own_places
UNION ALL
SELECT f.provider_id, o.key, any_value(o.provider_id), any_value(o.region_id)
FROM given_families f JOIN own_places o ON o.provider_id = f.member_id
ANTI JOIN own_places mine ON mine.provider_id = f.provider_id AND mine.key = o.key
GROUP BY f.provider_id, o.key HAVING count(DISTINCT o.provider_id) = 1;

CREATE OR REPLACE TABLE accelerator_lookup AS
SELECT {NORMAL.format("spelling")} AS key, any_value(accelerator_id) AS accelerator_id
FROM given_accelerators GROUP BY key HAVING count(DISTINCT accelerator_id) = 1;

CREATE OR REPLACE TABLE zone_lookup AS SELECT provider_id, pattern FROM given_zones;
CREATE OR REPLACE TABLE wide_lookup AS
SELECT DISTINCT p.provider_id, {NORMAL.format("w.place")} AS key
FROM given_wide w JOIN given_providers p
    ON w.provider_id = '' OR w.provider_id = p.provider_id;
CREATE OR REPLACE TABLE sku_lookup AS SELECT * FROM given_skus;
"""
