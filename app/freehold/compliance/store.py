"""Verdicts at rest: one table of small numbers per view, read through one view of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from freehold.compliance.fuse import (
    CONFIRMED,
    ERROR,
    FAIL,
    FLAGGED,
    NOT_APPLICABLE,
    PASS,
    RESULTS,
    UNKNOWN,
)
from freehold.estate.sql import literal, quoted

FEWEST_ROWS = 20_000
"""Tables of codes with at least so many rows stay as they are."""

_STATES = CONFIRMED * (FAIL + 2)


@dataclass(frozen=True)
class Columns:
    """The column that holds one rule's codes."""

    rule_id: str
    column: str


@dataclass(frozen=True)
class Stored:
    """Verdict codes of some rules: which view was read and whose rows are the subjects.

    `table` has `subject_id` and the codes; or, with `lookup`, `subject_id` and the column
    `signature`, by whose `sig` the table `lookup` has the codes and how many rows (`n`) they hold
    for. With `gone`, a table of the same columns, its subjects are left out: another judging that
    shares this table judged them anew.
    """

    table: str
    view: str
    subjects: str
    rules: tuple[Columns, ...]
    lookup: str | None = None
    signature: str | None = None
    gone: str | None = None

    @property
    def rows(self) -> str:
        """SQL of the rows of `table` whose subjects count."""
        if self.gone is None:
            return self.table
        return (
            f"(SELECT t.* FROM {self.table} t"
            f" ANTI JOIN {self.gone} g ON g.subject_id = t.subject_id)"
        )

    @property
    def relation(self) -> str:
        """SQL of `subject_id` and the codes of each subject."""
        if self.lookup is None:
            return self.rows
        return (
            f"(SELECT t.subject_id, l.* FROM {self.rows} t"
            f" JOIN {self.lookup} l ON l.sig = t.{self.signature})"
        )

    @property
    def counted(self) -> str:
        """SQL of the codes and the number `n` of subjects that have them."""
        if self.lookup is None:
            return f"(SELECT 1 AS n, * FROM {self.rows})"
        if self.gone is None:
            return self.lookup
        return (
            f"(SELECT l.* REPLACE (l.n - coalesce(g.n, 0) AS n) FROM {self.lookup} l LEFT JOIN"
            f" (SELECT {self.signature} AS sig, count(*) AS n FROM {self.gone} GROUP BY ALL) g"
            " ON g.sig = l.sig)"
        )

    def column(self, rule_id: str) -> str | None:
        """The column of that rule, or None if the rule is not in this table."""
        return next((item.column for item in self.rules if item.rule_id == rule_id), None)


def meanings() -> list[tuple[int, str, str | None, str | None]]:
    """Return (code, result, reason, if_confirmed) of every code that can be stored."""
    reasons = {UNKNOWN: "missing", ERROR: "error"}
    found: list[tuple[int, str, str | None, str | None]] = []
    for verdict in (NOT_APPLICABLE, PASS, UNKNOWN, ERROR, FAIL):
        found.append((verdict, RESULTS[verdict], reasons.get(verdict), None))
        found.append((verdict + FLAGGED, RESULTS[verdict], "unverified", None))
        for other in (NOT_APPLICABLE, PASS, UNKNOWN, ERROR, FAIL):
            code = verdict + CONFIRMED * (other + 1)
            reason = "unverified" if RESULTS[other] != "unknown" else reasons.get(verdict)
            found.append((code, RESULTS[verdict], reason, RESULTS[other]))
    return found


def create_verdicts(
    connection: duckdb.DuckDBPyConnection, store: str, stored: Sequence[Stored]
) -> None:
    """Create `codes`, `waived`, `decided`, `rollup` and the view `verdicts` in the schema `store`.

    `rollup` counts the subjects (`n`) of each rule and code, so that scoring reads no verdict.

    `verdicts` has rule_id, subject_id, result (pass, fail, unknown or waived), reason (missing,
    error or unverified; null = decided on verified facts), if_confirmed (the result if unverified
    facts were confirmed, where that differs) and waiver_id. Not applicable ones are left out.
    """
    schema = quoted(store)
    marks = ", ".join(["(?, ?, ?, ?)"] * len(meanings()))
    connection.execute(
        f"CREATE SCHEMA IF NOT EXISTS {schema};"
        f"CREATE OR REPLACE TABLE {schema}.codes"
        " (code UTINYINT, result VARCHAR, reason VARCHAR, if_confirmed VARCHAR);"
        f"CREATE OR REPLACE TABLE {schema}.waived"
        " (rule_id VARCHAR, subject_id VARCHAR, waiver_id VARCHAR);"
        f"CREATE OR REPLACE TABLE {schema}.decided"
        " (rule_id VARCHAR, subject_id VARCHAR, code UTINYINT);"
        f"CREATE OR REPLACE TABLE {schema}.rollup (rule_id VARCHAR, code UTINYINT, n BIGINT)"
    )
    connection.execute(
        f"INSERT INTO {schema}.codes VALUES {marks}", [v for row in meanings() for v in row]
    )
    add_verdicts(connection, store, stored)
    create_view(connection, store, stored)


def add_verdicts(
    connection: duckdb.DuckDBPyConnection, store: str, stored: Sequence[Stored]
) -> None:
    """Count the verdicts of `stored`, and lay those out that are few enough to stand by row.

    Reading one rule among all codes would otherwise mean reading the codes of every view.
    """
    schema = quoted(store)
    few, many = _few_and_many(connection, stored)
    if few:
        ruled = ", ".join(
            f"({place}, {literal(rule.rule_id)})"
            for place, item in enumerate(few)
            for rule in item.rules
        )
        branches = " UNION ALL ".join(_branch(item) for item in few)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE laid_out AS SELECT * FROM ({branches})"
            f" WHERE code <> {NOT_APPLICABLE};"
            f"INSERT INTO {schema}.decided FROM laid_out;"
            f"INSERT INTO {schema}.rollup SELECT rule_id, code, count(*) FROM laid_out"
            " GROUP BY ALL;"
            f"INSERT INTO {schema}.rollup SELECT * FROM (SELECT r.rule_id, {NOT_APPLICABLE},"
            " r.n - coalesce(d.n, 0) AS n FROM (SELECT r.rule_id, sum(s.n) AS n"
            f" FROM (VALUES {ruled}) r(place, rule_id) JOIN ({_sizes(few)}) s ON s.place = r.place"
            # Some subjects of a rule may share another judging's verdicts, and others not.
            " GROUP BY r.rule_id) r"
            " LEFT JOIN (SELECT rule_id, count(*) AS n FROM laid_out GROUP BY rule_id) d"
            " ON d.rule_id = r.rule_id) WHERE n > 0;"
            "DROP TABLE laid_out"
        )
    for item in many:
        each = ", ".join(rule.column for rule in item.rules)
        ids = ", ".join(literal(rule.rule_id) for rule in item.rules)
        connection.execute(
            f"INSERT INTO {schema}.rollup SELECT rule, code, sum(n) FROM (SELECT n,"
            f" unnest([{each}]) AS code, unnest([{ids}]) AS rule FROM {item.counted})"
            " GROUP BY rule, code"
        )


def forget_verdicts(
    connection: duckdb.DuckDBPyConnection, store: str, rule_ids: Iterable[str]
) -> None:
    """Take the verdicts of these rules out, before others are added in their place."""
    ids = sorted(rule_ids)
    for table in ("decided", "rollup"):
        connection.execute(
            f"DELETE FROM {quoted(store)}.{table} WHERE list_contains(?, rule_id)", [ids]
        )


def create_view(
    connection: duckdb.DuckDBPyConnection, store: str, stored: Sequence[Stored]
) -> None:
    """Create the view `verdicts`; see `create_verdicts`."""
    schema = quoted(store)
    _, many = _few_and_many(connection, stored)
    branches = [f"SELECT rule_id, subject_id, code FROM {schema}.decided", *map(_branch, many)]
    connection.execute(
        f"CREATE OR REPLACE VIEW {schema}.verdicts AS SELECT v.rule_id, v.subject_id,"
        " CASE WHEN w.waiver_id IS NOT NULL AND c.result = 'fail' THEN 'waived' ELSE c.result END"
        " AS result, c.reason, c.if_confirmed, w.waiver_id"
        f" FROM ({' UNION ALL '.join(branches)}) v JOIN {schema}.codes c USING (code)"
        f" LEFT JOIN {schema}.waived w ON w.rule_id = v.rule_id AND w.subject_id = v.subject_id"
        " WHERE c.result <> 'not_applicable'"
    )


def _few_and_many(
    connection: duckdb.DuckDBPyConnection, stored: Sequence[Stored]
) -> tuple[list[Stored], list[Stored]]:
    """Return those whose verdicts stand by row, and those that are read from their codes."""
    told = [item for item in stored if item.rules]
    direct = [item for item in told if item.lookup is None]
    sizes = dict(connection.execute(_sizes(direct)).fetchall()) if direct else {}
    few = [item for place, item in enumerate(direct) if sizes[place] < FEWEST_ROWS]
    return few, [item for item in told if item not in few]


def _sizes(stored: Sequence[Stored]) -> str:
    return " UNION ALL ".join(
        f"SELECT {place} AS place, count(*) AS n FROM {item.rows}"
        for place, item in enumerate(stored)
    )


def _branch(stored: Stored) -> str:
    pairs = ", ".join(
        f"{{'rule_id': '{item.rule_id}', 'code': {item.column}}}" for item in stored.rules
    )
    if stored.lookup is None:
        return (
            f"SELECT u.rule_id, subject_id, u.code FROM (SELECT subject_id, unnest([{pairs}]) AS u"
            f" FROM {stored.rows})"
        )
    return (
        f"SELECT u.rule_id, t.subject_id, u.code FROM {stored.rows} t"
        f" JOIN (SELECT sig, unnest([{pairs}]) AS u FROM {stored.lookup}) l"
        f" ON l.sig = t.{stored.signature}"
    )
