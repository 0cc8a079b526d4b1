"""Judge rows by their signature: rules that read alike are judged once per distinct tuple.

A signature is the tuple of a row's features (see `features`) that one group of rules reads, as one
number. Each row keeps its signatures, and each signature its verdicts, so that a million rows and
a hundred rules are a dozen small numbers a row and a few small tables.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from freehold.compliance.compiled import Compiled
from freehold.compliance.features import NO_CODE, Features, Key, features
from freehold.compliance.fuse import Source
from freehold.estate.sql import quoted

FEWEST_ROWS = 20_000
"""Below this many rows, judging row by row costs less than finding what they have in common."""

_MOST_TUPLES = 65_536
_WIDEST = 2**31
_TYPES = ((2**8, "UTINYINT"), (2**16, "USMALLINT"), (2**32, "UINTEGER"))


@dataclass(frozen=True)
class Group:
    """Rules of one view and one roll-up, and SQL over `Coded.table` of the signature they read."""

    rules: tuple[Compiled, ...]
    signature: str


@dataclass(frozen=True)
class Coded:
    """The rows of a view as features: parents, and `row`, which `found_by` finds.

    `subjects` is SQL of the same with `subject_id`, which a table's rows need not hold twice.
    """

    table: str
    subjects: str
    groups: tuple[Group, ...]
    by_row: tuple[Compiled, ...]
    found_by: str

    def representatives(self, group: Group, relation: str) -> str:
        """Return SQL of one row of the view per signature, with `freehold_sig`, `freehold_n`."""
        return (
            "SELECT v.*, s.freehold_sig, s.freehold_n FROM"
            f" (SELECT {group.signature} AS freehold_sig, count(*) AS freehold_n, min(row) AS row"
            f" FROM {self.table} GROUP BY ALL) s JOIN {relation} v ON v.{self.found_by} = s.row"
        )


def coded(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Compiled],
    source: Source,
    unverified: frozenset[str],
    *,
    table: str,
    fewest: int = FEWEST_ROWS,
) -> Coded | None:
    """Write the features of a view's rows to `table` and group the rules by what they read.

    Returns None where the rows are so few that judging row by row is the shorter way.
    """
    rows, is_table = _rows(connection, source.relation)
    if rows < fewest:
        return None
    # A row of a table is found again by its place, any other by its key.
    found_by = "rowid" if is_table else source.key
    row = "CAST(rowid AS UINTEGER)" if is_table else source.key
    found = features(rules, unverified)
    names = {key: f"f{number}" for number, key in enumerate(found.keys)}
    selected = [f"{row} AS row"]
    selected += [f"{sql} AS {quoted('parent_' + name)}" for name, sql in source.parents.items()]
    selected += [f"CAST({found.sql(key)} AS UTINYINT) AS {name}" for key, name in names.items()]
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {', '.join(selected)} FROM {source.relation}"
    )
    subjects = f"(SELECT row AS subject_id, * FROM {table})"
    if is_table:
        # Rows are written in the order in which they are read.
        keys_only = f"(SELECT {source.key} AS subject_id FROM {source.relation})"
        subjects = f"(FROM {keys_only} POSITIONAL JOIN {table})"
    spans = _spans(connection, table, names)
    groups: list[Group] = []
    by_row = [r for r in rules if any(spans[k][1] == NO_CODE for k in found.of_rule[r.rule.id])]
    for alike in _by_parent(rule for rule in rules if rule not in by_row):
        for members, keys in _grouped(alike, found, spans, max(1, min(_MOST_TUPLES, rows // 8))):
            signature = _signature(keys, names, spans)
            wide = 2 * _tuples(keys, spans) > rows
            if signature is None or (wide and _too_many(connection, table, signature, rows)):
                by_row += members
            else:
                groups.append(Group(tuple(members), signature))
    return Coded(table, subjects, tuple(groups), tuple(by_row), found_by)


Spans = Mapping[Key, tuple[int, int]]


def _rows(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[int, bool]:
    """Return how many rows there are, and whether they are those of a table."""
    try:
        found, is_table = connection.execute(f"SELECT count(rowid) FROM {relation}"), True
    except duckdb.BinderException:
        found, is_table = connection.execute(f"SELECT count(*) FROM {relation}"), False
    return int((found.fetchone() or (0,))[0]), is_table


def _spans(
    connection: duckdb.DuckDBPyConnection, table: str, names: Mapping[Key, str]
) -> dict[Key, tuple[int, int]]:
    """Return the least and the greatest code of each feature."""
    if not names:
        return {}
    ends = ", ".join(f"min({name}), max({name})" for name in names.values())
    found = connection.execute(f"SELECT {ends} FROM {table}").fetchone() or ()
    return {key: (found[2 * place], found[2 * place + 1]) for place, key in enumerate(names)}


def _by_parent(rules: Iterable[Compiled]) -> list[list[Compiled]]:
    found: dict[str | None, list[Compiled]] = {}
    for rule in rules:
        found.setdefault(rule.parent_column, []).append(rule)
    return list(found.values())


def _grouped(
    rules: Sequence[Compiled], found: Features, spans: Spans, most: int
) -> list[tuple[list[Compiled], frozenset[Key]]]:
    """Put each rule into the group that grows least by it, while its tuples stay few."""
    groups: list[tuple[list[Compiled], frozenset[Key]]] = []
    own = {
        rule.rule.id: frozenset(
            key for key in found.of_rule[rule.rule.id] if spans[key][0] < spans[key][1]
        )
        for rule in rules
    }
    # The widest first, so that the others find room beside them.
    for rule in sorted(rules, key=lambda r: -_tuples(own[r.rule.id], spans)):
        keys = own[rule.rule.id]
        best: tuple[float, int] | None = None
        for place, (_, held) in enumerate(groups):
            both = held | keys
            growth = _tuples(both, spans) / _tuples(held, spans)
            fits = both == held or _tuples(both, spans) <= most
            if fits and (best is None or growth < best[0]):
                best = (growth, place)
        if best is None:
            groups.append(([rule], keys))
        else:
            members, held = groups[best[1]]
            members.append(rule)
            groups[best[1]] = (members, held | keys)
    return groups


def _tuples(keys: Iterable[Key], spans: Spans) -> int:
    product = 1
    for key in keys:
        product *= spans[key][1] - spans[key][0] + 1
    return product


def _signature(keys: frozenset[Key], names: Mapping[Key, str], spans: Spans) -> str | None:
    """Return SQL of one number per tuple, None where it would be too wide."""
    size = _tuples(keys, spans)
    if size > _WIDEST:
        return None
    kind = next(name for most, name in _TYPES if size <= most)
    terms, step = [], 1
    for key in sorted(keys):
        low, high = spans[key]
        digit = f"{names[key]} - {low}" if low else names[key]
        terms.append(f"CAST({digit} AS {kind}) * CAST({step} AS {kind})")
        step *= high - low + 1
    return " + ".join(terms) or f"CAST(0 AS {kind})"


def _too_many(connection: duckdb.DuckDBPyConnection, table: str, signature: str, rows: int) -> bool:
    """Whether more than half the rows differ, so that there is nothing to share."""
    found = connection.execute(f"SELECT count(DISTINCT {signature}) FROM {table}").fetchone()
    return found is None or 2 * int(found[0]) > rows
