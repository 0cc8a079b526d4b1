"""Locking a DuckDB connection down: no files, no extensions, little memory, nothing to unlock."""

import duckdb

SETTINGS = (
    # The order counts: no folder is allowed before access is taken away, and the lock comes last.
    "SET allowed_directories = []",
    "SET enable_external_access = false",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
)


def lock(connection: duckdb.DuckDBPyConnection, *, memory_mib: int, seconds: float) -> None:
    """Lock a connection: what it is to read must lie in memory already.

    Settings stop access, not every use of memory or time: the process has limits of its own.
    """
    connection.execute("SET disabled_optimizers = 'in_clause'")
    for setting in SETTINGS:
        connection.execute(setting)
    connection.execute(f"SET memory_limit = '{memory_mib}MiB'")
    connection.execute("SET threads = 2")
    connection.execute("SET max_temp_directory_size = '0KB'")
    connection.execute(f"SET max_execution_time = {max(1, int(seconds * 1000))}")
    connection.execute("SET lock_configuration = true")
