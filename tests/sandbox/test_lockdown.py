"""What a locked connection refuses: each row of the table in the design notes, at the connection.

It holds the settings against the DuckDB that is installed, whose next version may differ.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from freehold.sandbox import lock


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\n1,2\n")
    return path


@pytest.fixture
def locked(secret: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE estate AS SELECT 1 AS a")
        connection.execute("SET max_execution_time = 0")
        lock(connection, memory_mib=128, seconds=1.0)
        yield connection


BLOCKED = {
    "read_csv": "SELECT * FROM read_csv('{secret}')",
    "read_text": "SELECT * FROM read_text('{secret}')",
    "read_blob": "SELECT * FROM read_blob('{secret}')",
    "read_json": "SELECT * FROM read_json('{secret}')",
    "read_parquet": "SELECT * FROM read_parquet('{secret}')",
    "glob": "SELECT * FROM glob('{folder}/*')",
    "sniff_csv": "SELECT * FROM sniff_csv('{secret}')",
    "from a file by name": "SELECT * FROM '{secret}'",
    "through query()": "SELECT * FROM query('SELECT * FROM read_text(''{secret}'')')",
    "through a macro": "CREATE MACRO m() AS TABLE SELECT * FROM read_text('{secret}'); FROM m()",
    "dotted path": "SELECT * FROM read_text('{folder}/x/../secret.csv')",
    "symlink": "SELECT * FROM read_text('{folder}/link')",
    "copy to": "COPY estate TO '{folder}/out.csv'",
    "copy from": "COPY estate FROM '{secret}'",
    "export": "EXPORT DATABASE '{folder}/out'",
    "import": "IMPORT DATABASE '{folder}/out'",
    "attach a file": "ATTACH '{folder}/other.duckdb'",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "http": "SELECT * FROM read_csv('https://example.org/a.csv')",
    "create a secret": "CREATE SECRET s (TYPE http)",
    "getenv": "SELECT getenv('HOME')",
    "a frame by its name": "SELECT * FROM frame_of_the_caller",
    "set threads": "SET threads = 8",
    "set memory_limit": "SET memory_limit = '64GB'",
    "set profiling": "PRAGMA enable_profiling",
    "set logging": "SET enable_logging = true",
    "take access back": "SET enable_external_access = true",
    "allow a folder": "SET allowed_directories = ['{folder}']",
    "unlock": "SET lock_configuration = false",
    "reset the lock": "RESET lock_configuration",
}


@pytest.mark.parametrize("attempt", BLOCKED.values(), ids=BLOCKED.keys())
def test_what_reaches_outside_is_refused(
    locked: duckdb.DuckDBPyConnection, secret: Path, attempt: str
) -> None:
    (secret.parent / "link").symlink_to(secret)
    frame_of_the_caller = {"a": [1]}
    assert frame_of_the_caller
    before = sorted(path.name for path in secret.parent.iterdir())
    with pytest.raises(duckdb.Error):
        locked.execute(attempt.format(secret=secret, folder=secret.parent)).fetchall()
    assert sorted(path.name for path in secret.parent.iterdir()) == before


def test_no_secret_is_to_be_listed(locked: duckdb.DuckDBPyConnection) -> None:
    try:
        rows = locked.execute("SELECT * FROM duckdb_secrets()").fetchall()
    except duckdb.Error:
        rows = []
    assert rows == []


def test_what_the_lock_leaves_open_stays_within_memory(locked: duckdb.DuckDBPyConnection) -> None:
    # Both work, as the table says; the predicate grammar lets neither through, and the child's
    # database holds copies only.
    locked.execute("ATTACH ':memory:' AS other")
    locked.execute("DROP TABLE estate")
    paths = locked.execute("SELECT path FROM duckdb_databases()").fetchall()
    assert {path for (path,) in paths} <= {None, ""}


BOMBS = {
    "endless recursion": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)"
    " SELECT count(*) FROM t",
    "cross join": "SELECT count(*) FROM range(1000000) a, range(1000000) b"
    " WHERE a.range + b.range < 0",
    "long list": "SELECT list_sum(list(range)) FROM range(2000000000)",
    "big distinct": "SELECT count(DISTINCT hash(range) || 'x') FROM range(300000000)",
    "big sort": "SELECT max(r) FROM (SELECT range AS r FROM range(300000000) ORDER BY hash(range))",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_time_and_memory_bombs_end_by_themselves(
    locked: duckdb.DuckDBPyConnection, bomb: str
) -> None:
    with pytest.raises(duckdb.Error):
        locked.execute(bomb).fetchall()
    assert locked.execute("SELECT a FROM estate").fetchall() == [(1,)]
