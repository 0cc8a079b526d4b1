"""CSV text -> a table of text columns plus a list of the records that could not be split."""

from __future__ import annotations

import csv
import io

import duckdb

from freehold.errors import InputError
from freehold.importers.source import Source

MAX_COLUMNS = 2000
MAX_FIELD_CHARS = 1 << 20
DELIMITERS = ",;\t|"


def sniff_delimiter(head: str) -> str:
    """Return the delimiter that splits the first lines most evenly, comma when in doubt."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    best, best_score = ",", 0
    for delimiter in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        score = sum(1 for width in widths if width == widths[0]) * 1000 + widths[0]
        if score > best_score:
            best, best_score = delimiter, score
    return best


def header_of(source: Source, delimiter: str) -> list[str]:
    """Return the names in the first record.

    Raises:
        InputError: there is no readable first record.
    """
    csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        row = next(csv.reader(io.StringIO(source.head), delimiter=delimiter), [])
    except csv.Error as error:
        raise InputError(
            "The first line cannot be read as column names", where=source.name
        ) from error
    names = [name.strip() for name in row]
    if len(names) > MAX_COLUMNS:
        raise InputError(f"There are more than {MAX_COLUMNS} columns", where=source.name)
    return names


def unique_names(names: list[str]) -> list[str]:
    """Make column names distinct, ignoring case: blank ones get a number, repeats a suffix."""
    seen: dict[str, int] = {}
    result = []
    for position, name in enumerate(names, start=1):
        base = name or f"column {position}"
        count = seen.get(base.lower(), 0) + 1
        seen[base.lower()] = count
        candidate = base if count == 1 else f"{base} ({count})"
        while count > 1 and candidate.lower() in seen:
            count += 1
            candidate = f"{base} ({count})"
        seen.setdefault(candidate.lower(), 1)
        result.append(candidate)
    return result


def quoted(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text for SQL."""
    return "'" + value.replace("'", "''") + "'"


def scan(source: Source, names: list[str], delimiter: str) -> str:
    """Return the SQL that streams the records as text columns called `names`."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(source.text_path))}, auto_detect=false, header=false, skip=1, "
        f"delim={literal(delimiter)}, quote='\"', escape='\"', compression='none', "
        f"columns={{{columns}}}, store_rejects=true, rejects_limit=0, "
        "max_line_size=16777216)"
    )


def take_rejects(connection: duckdb.DuckDBPyConnection, *, from_text: bool = True) -> int:
    """Create `malformed(record, reason, raw)` from the last scan; return how many there are.

    With `from_text` off the table is made empty: only CSV has records that cannot be split.
    """
    if not from_text or not _has_rejects(connection):
        connection.execute(
            "CREATE OR REPLACE TABLE malformed(record BIGINT, reason VARCHAR, raw VARCHAR)"
        )
        return 0
    connection.execute("""
    CREATE OR REPLACE TABLE malformed AS
    SELECT line - 1 AS record,
           CASE error_type::VARCHAR
               WHEN 'MISSING COLUMNS' THEN 'record has too few fields'
               WHEN 'TOO MANY COLUMNS' THEN 'record has too many fields'
               WHEN 'UNQUOTED VALUE' THEN 'record has an unclosed quotation mark'
               WHEN 'LINE SIZE OVER MAXIMUM' THEN 'record is too long'
               WHEN 'INVALID ENCODING' THEN 'record has invalid characters'
               ELSE 'record cannot be split into fields' END AS reason,
           left(csv_line, 2000) AS raw
    FROM reject_errors
    QUALIFY row_number() OVER (PARTITION BY scan_id, file_id, line ORDER BY column_idx) = 1
    """)
    connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return int(connection.execute("SELECT count(*) FROM malformed").fetchall()[0][0])


def _has_rejects(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether a scan has kept records it could not split; there is a table only then."""
    try:
        connection.execute("SELECT 1 FROM reject_errors LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


def refuse_cut_off(connection: duckdb.DuckDBPyConnection, source: Source, table: str) -> None:
    """Refuse a file whose very last record is incomplete; `table` holds the readable ones.

    Raises:
        InputError: the last record lacks fields or leaves a quotation mark open.
    """
    cut = connection.execute(
        f"SELECT record FROM malformed WHERE record >= (SELECT count(*) FROM {table}) "
        "+ (SELECT count(*) FROM malformed) AND reason IN "
        "('record has too few fields', 'record has an unclosed quotation mark') "
        "ORDER BY record DESC LIMIT 1"
    ).fetchall()
    if cut:
        raise InputError(
            "The file ends in the middle of a record: it is cut off",
            where=f"{source.name}, record {cut[0][0]}",
            mend="Export or copy it again",
        )


def renumber(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make `record` in `table` count the malformed records of the file too."""
    connection.execute(f"""
    UPDATE {table} SET record = record + shift.before FROM (
        SELECT c.record AS readable, count(m.record) AS before
        FROM {table} c JOIN (
            SELECT record, record - row_number() OVER (ORDER BY record) AS good_before
            FROM malformed) m ON m.good_before < c.record
        GROUP BY c.record) shift
    WHERE {table}.record = shift.readable
    """)
