"""Where a record sits: provider and region of each distinct naming, resolved set-wise."""

from __future__ import annotations

import duckdb

from freehold.importers.lookups import NORMAL

REGION_FROM_NAME = "no region id in the source; read from the region name it gives"
REGION_FROM_ZONE = "read from the zone, whose name contains it"
REGION_FROM_ARN = "read from the resource's own identifier, which contains it"
REGION_FROM_PROVIDER = "read from the provider block of the configuration"
REGION_MISSING = "not in the source"
REGION_UNRESOLVED = "region named in the source is not in the catalogue; its text is kept in tags"
REGION_NO_PROVIDER = "provider unknown, so its region cannot be looked up; its text is kept in tags"
REGION_WIDE = "the source names an area wider than a region; its text is kept in tags"
PROVIDER_MISSING = "not in the source"
PROVIDER_UNRESOLVED = "provider named in the source is not in the catalogue; its text is in tags"

REASONS = {
    "name": REGION_FROM_NAME,
    "zone": REGION_FROM_ZONE,
    "arn": REGION_FROM_ARN,
    "block": REGION_FROM_PROVIDER,
    "missing": REGION_MISSING,
    "unresolved": REGION_UNRESOLVED,
    "no_provider": REGION_NO_PROVIDER,
    "wide": REGION_WIDE,
}
"""Where a region came from, or why there is none -> what the account says."""


TEXTS = (
    "provider_text",
    "host_text",
    "region_text",
    "name_text",
    "zone_text",
    "arn_text",
    "block_text",
)
"""What a source may say about where a record sits."""


def match(left: str, right: str = "p") -> str:
    """Return the SQL condition that finds the place of a record."""
    return " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in TEXTS)


def resolve(connection: duckdb.DuckDBPyConnection, table: str = "named") -> None:
    """Create `placed` from the distinct namings in `table`.

    `table` holds provider_text, host_text, region_text, name_text, zone_text, arn_text and
    block_text; `placed` adds provider_id, host_provider_id, region_id, unresolved_text and
    `found`: id, name, zone, arn, block, missing, wide, unresolved or no_provider. The first text
    that the catalogue knows, in that order, decides. Where the source names a region that the
    catalogue does not know, only a zone may still tell it: nothing weaker overrules what it says.
    """
    key = NORMAL.format
    connection.execute(f"""
    CREATE OR REPLACE TABLE placed AS
    WITH asked AS (
        SELECT n.*, p.provider_id AS asked_id, h.provider_id AS host_id,
               row_number() OVER () AS naming
        FROM (SELECT DISTINCT * FROM {table}) n
        LEFT JOIN provider_lookup p ON p.key = {key("n.provider_text")}
        LEFT JOIN provider_lookup h ON h.key = {key("n.host_text")}
    ), texts AS (
        SELECT naming, asked_id, 1 AS step, 'id' AS found, region_text AS given FROM asked
        UNION ALL SELECT naming, asked_id, 2, 'name', name_text FROM asked
        WHERE region_text IS NULL
        UNION ALL SELECT naming, asked_id, 3, 'zone', nullif(regexp_extract(
            lower(coalesce(a.zone_text, a.region_text)), z.pattern, 1), '')
        FROM asked a JOIN zone_lookup z ON z.provider_id = a.asked_id
        UNION ALL SELECT naming, asked_id, 4, 'arn', arn_text FROM asked
        WHERE region_text IS NULL AND name_text IS NULL
        UNION ALL SELECT naming, asked_id, 5, 'block', block_text FROM asked
        WHERE coalesce(region_text, name_text, zone_text, arn_text) IS NULL
    ), hits AS (
        SELECT t.naming, t.found, l.provider_id, l.region_id
        FROM texts t JOIN place_lookup l ON l.asked_id = t.asked_id AND l.key = {key("t.given")}
        WHERE t.given IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY t.naming ORDER BY t.step, l.region_id) = 1
    )
    SELECT a.provider_text, a.host_text, a.region_text, a.name_text, a.zone_text, a.arn_text,
           a.block_text,
           coalesce(h.provider_id, a.asked_id) AS provider_id,
           a.host_id AS host_provider_id,
           h.region_id,
           CASE WHEN h.region_id IS NULL THEN coalesce(a.region_text, a.name_text, a.zone_text,
                a.arn_text, a.block_text) END AS unresolved_text,
           CASE WHEN h.region_id IS NOT NULL THEN h.found
                WHEN coalesce(a.region_text, a.name_text, a.zone_text, a.arn_text,
                              a.block_text) IS NULL THEN 'missing'
                WHEN a.asked_id IS NULL THEN 'no_provider'
                WHEN w.key IS NOT NULL THEN 'wide'
                ELSE 'unresolved' END AS found
    FROM asked a LEFT JOIN hits h USING (naming)
    LEFT JOIN wide_lookup w ON w.provider_id = a.asked_id
        AND w.key = {key("coalesce(a.region_text, a.name_text, a.zone_text)")}
    """)
