"""What one rule reads of a view, each distinct tuple once: a moved threshold judges only those.

The first threshold moved reads the rule's own columns once; every further one reads no row of the
view again, which is what a slider needs.
"""

import hashlib

import duckdb

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.engine import Judged, sources_of, tuples_schema
from freehold.compliance.evaluating import unverified_columns
from freehold.compliance.fuse import Source, codes, combined
from freehold.compliance.store import Columns, Stored
from freehold.estate.sql import one, qualified, quoted

_MOST = 0.5
"""Above this share of the rows, the tuples save nothing."""


def evaluated_by_tuple(
    connection: duckdb.DuckDBPyConnection, judged: Judged, rule: Compiled
) -> Stored | None:
    """Judge a rule over the distinct tuples that it reads; None where there are too many.

    Who the subjects of a verdict are is looked up only when somebody asks for them.
    """
    source = sources_of([rule], judged.views)[rule.view.name]
    read = list(rule.columns)
    flags = [unverified_name(n) for n in read if rule.view.documented[n].verified]
    names = [quoted(name) for name in dict.fromkeys([*read, *flags])]
    mark = hashlib.sha256(",".join([rule.rule.id, *names]).encode()).hexdigest()[:16]
    room = tuples_schema(judged.store)
    tuples, lookup = qualified(room, f"tuples_{mark}"), qualified(room, f"codes_{mark}")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(room)}")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {tuples} AS SELECT row_number() OVER () AS freehold_sig, *"
        f" FROM (SELECT {', '.join(names)}, count(*) AS freehold_n FROM {source.relation}"
        " GROUP BY ALL)"
    )
    distinct, rows = one(connection, f"SELECT count(*), coalesce(sum(freehold_n), 0) FROM {tuples}")
    if distinct > _MOST * rows:
        return None
    own = Source(tuples, "freehold_sig", {"n": "freehold_n"})
    statement, [(told, kept)] = codes([rule], own, unverified_columns(connection, [rule], own))
    code = combined(told, kept, masks=rule.rule.masks)
    connection.execute(
        f"CREATE OR REPLACE TABLE {lookup} AS SELECT subject_id AS sig, parent_n AS n,"
        f" CAST({code} AS UTINYINT) AS c0 FROM ({statement})"
    )
    same = " AND ".join(f"v.{name} IS NOT DISTINCT FROM t.{name}" for name in names)
    table = (
        f"(SELECT v.{source.key} AS subject_id, t.freehold_sig AS sig"
        f" FROM {source.relation} v JOIN {tuples} t ON {same})"
    )
    view = rule.view.name
    return Stored(table, view, view, (Columns(rule.rule.id, "c0"),), lookup, "sig")
