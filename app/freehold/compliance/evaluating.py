"""Evaluate compiled rules over views into tables of codes, by row or by what rows share."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from freehold.compliance import signatures
from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.fuse import Source, codes, combined, rolled_up
from freehold.compliance.store import Columns, Stored
from freehold.errors import RuleError
from freehold.estate.sql import quoted


def by_view(rules: Iterable[Compiled]) -> dict[str, list[Compiled]]:
    """Return the rules by the name of the view they read, in order of first use."""
    groups: dict[str, list[Compiled]] = {}
    for rule in rules:
        groups.setdefault(rule.view.name, []).append(rule)
    return groups


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Compiled],
    sources: Mapping[str, Source],
    *,
    views: str | None,
    store: str,
    fewest: int = signatures.FEWEST_ROWS,
    parents: str | None = None,
    mark: str = "",
) -> list[Stored]:
    """Judge `rules` over `sources` into tables of codes in the schema `store`.

    With `views`, every row of a parent's view in that schema is a subject even where no row names
    it; without, the parents are those that rows name. With `parents`, a relation of ids in a column
    `subject_id`, only those of them are. Views of at least `fewest` rows are judged by signature
    (see `signatures`), which tells the same. `mark` ends the names of the tables.
    """
    _steady_in_lists(connection)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(store)}")
    stored: list[Stored] = []
    for name, group in by_view(rules).items():
        source = sources[name]
        unverified = unverified_columns(connection, group, source)
        place = Place(store, views, name, source, unverified, parents, mark)
        try:
            stored += _judged(connection, place, group, fewest)
        except duckdb.Error as error:
            raise _culprit(connection, group, source, error) from error
    return stored


@dataclass(frozen=True)
class Place:
    """Which rows are judged, and the schemas of their verdicts and of their parents' views."""

    store: str
    views: str | None
    view: str
    source: Source
    unverified: frozenset[str]
    parents: str | None = None
    mark: str = ""

    def table(self, name: str) -> str:
        """Return the SQL name of a table of this view in the store."""
        return f"{quoted(self.store)}.{quoted(name + self.mark)}"

    @property
    def signed(self) -> str:
        """The SQL name of the table of subjects and their signatures."""
        return self.table(f"signed_{self.view}")


def _judged(
    connection: duckdb.DuckDBPyConnection, place: Place, rules: Sequence[Compiled], fewest: int
) -> list[Stored]:
    table = place.table(f"coded_{place.view}")
    # The old one beside what makes the new one would be the most memory of all.
    connection.execute(f"DROP TABLE IF EXISTS {place.signed}")
    coded = signatures.coded(
        connection, rules, place.source, place.unverified, table=table, fewest=fewest
    )
    if coded is None:
        return _by_row(connection, place, rules)
    stored = _by_signature(connection, place, coded)
    connection.execute(f"DROP TABLE {coded.table}")
    if coded.by_row:
        stored += _by_row(connection, place, coded.by_row)
    return stored


def _by_row(
    connection: duckdb.DuckDBPyConnection, place: Place, rules: Sequence[Compiled]
) -> list[Stored]:
    statement, columns = codes(rules, place.source, place.unverified)
    pairs = list(zip(rules, columns, strict=True))
    direct = [(rule, pair) for rule, pair in pairs if rule.parent is None]
    if len(direct) == len(pairs):
        return [_direct(connection, place, f"({statement})", direct)]
    rows = place.table(f"rows_{place.view}")
    connection.execute(f"CREATE OR REPLACE TABLE {rows} AS {statement}")
    stored = [_direct(connection, place, rows, direct)] if direct else []
    for parent in dict.fromkeys(rule.parent.name for rule in rules if rule.parent):
        rolled = [(r, pair) for r, pair in pairs if r.parent and r.parent.name == parent]
        stored.append(_rolled(connection, place, rows, rolled))
    connection.execute(f"DROP TABLE {rows}")
    return stored


def _by_signature(
    connection: duckdb.DuckDBPyConnection, place: Place, coded: signatures.Coded
) -> list[Stored]:
    stored: list[Stored] = []
    direct = [group for group in coded.groups if group.rules[0].parent is None]
    signed = place.signed
    if direct:
        numbers = ", ".join(f"{group.signature} AS s{n}" for n, group in enumerate(direct))
        connection.execute(
            f"CREATE TABLE {signed} AS SELECT subject_id, {numbers} FROM {coded.subjects}"
        )
    for number, group in enumerate(coded.groups):
        relation = f"({coded.representatives(group, place.source.relation)})"
        source = Source(relation, "freehold_sig", {"n": "freehold_n"})
        statement, columns = codes(group.rules, source, place.unverified)
        pairs = list(zip(group.rules, columns, strict=True))
        lookup = place.table(f"codes_{place.view}_{number}")
        if group.rules[0].parent is None:
            selected = _combined(pairs)
            connection.execute(
                f"CREATE OR REPLACE TABLE {lookup} AS"
                f" SELECT subject_id AS sig, parent_n AS n, {selected} FROM ({statement})"
            )
            column = f"s{direct.index(group)}"
            item = Stored(signed, place.view, place.view, _columns(pairs), lookup, column)
            stored.append(item)
            continue
        connection.execute(f"CREATE OR REPLACE TABLE {lookup} AS {statement}")
        key = quoted("parent_" + group.rules[0].parent.name)
        rows = (
            f"(SELECT p.{key}, l.* EXCLUDE (subject_id) FROM (SELECT DISTINCT {key},"
            f" {group.signature} AS sig FROM {coded.table}) p"
            f" JOIN {lookup} l ON l.subject_id = p.sig)"
        )
        stored.append(_rolled(connection, place, rows, pairs, number))
        connection.execute(f"DROP TABLE {lookup}")
    return stored


def _steady_in_lists(connection: duckdb.DuckDBPyConnection) -> None:
    """Switch off the optimiser with which DuckDB 2.0 is super-linear in many fused IN lists."""
    row = connection.execute("SELECT current_setting('disabled_optimizers')").fetchone()
    held = {name for name in str(row[0] if row else "").split(",") if name}
    if "in_clause" not in held:
        names = ",".join(sorted(held | {"in_clause"}))
        # A locked configuration keeps what it has: slower, never wrong.
        with contextlib.suppress(duckdb.Error):
            connection.execute(f"SET disabled_optimizers = '{names}'")


def unverified_columns(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Compiled], source: Source
) -> frozenset[str]:
    """Return the columns read by `rules` of one view that have at least one unverified row."""
    documented = rules[0].view.documented
    read = sorted(
        {
            name
            for rule in rules
            for name in rule.columns
            if name in documented and documented[name].verified
        }
    )
    if not read:
        return frozenset()
    tests = ", ".join(f"bool_or({quoted(unverified_name(name))} = FALSE)" for name in read)
    try:
        found = connection.execute(f"SELECT {tests} FROM {source.relation}").fetchone()
    except duckdb.Error as error:
        raise RuleError(
            f"The view {rules[0].view.name} is not published as documented",
            where=str(error).splitlines()[0],
        ) from error
    return frozenset(name for name, any_ in zip(read, found or (), strict=False) if any_)


_Pair = tuple[Compiled, tuple[str, str]]


def _direct(
    connection: duckdb.DuckDBPyConnection, place: Place, rows: str, rules: list[_Pair]
) -> Stored:
    table = place.table(f"codes_{place.view}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT subject_id, {_combined(rules)} FROM {rows}"
    )
    return Stored(table, place.view, place.view, _columns(rules))


def _combined(rules: list[_Pair]) -> str:
    return ", ".join(
        f"CAST({combined(told, kept, masks=rule.rule.masks)} AS UTINYINT) AS c{number}"
        for number, (rule, (told, kept)) in enumerate(rules)
    )


def _rolled(
    connection: duckdb.DuckDBPyConnection,
    place: Place,
    rows: str,
    rules: list[_Pair],
    group: int | None = None,
) -> Stored:
    parent = rules[0][0].parent
    assert parent is not None  # chosen by the caller
    key = quoted("parent_" + parent.name)
    mark = "" if group is None else f"_{group}"
    table = place.table(f"codes_{place.view}_per_{parent.name}{mark}")
    inner, outer = [], []
    for number, (rule, pair) in enumerate(rules):
        told, kept = (rolled_up(column, rule.rule.quantifier) for column in pair)
        inner.append(f"{told} AS t{number}")
        if pair[0] != pair[1]:
            inner.append(f"{kept} AS k{number}")
        names = (f"t{number}", f"t{number}" if pair[0] == pair[1] else f"k{number}")
        outer.append(f"CAST({combined(*names, masks=rule.rule.masks)} AS UTINYINT) AS c{number}")
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT subject_id, {', '.join(outer)} FROM ("
        f"SELECT {key} AS subject_id, {', '.join(inner)} FROM {rows}"
        f" WHERE {key} IS NOT NULL GROUP BY {key})"
    )
    if place.views is not None:
        _add_childless(connection, table, place, rules)
    return Stored(table, place.view, parent.name, _columns(rules))


def _add_childless(
    connection: duckdb.DuckDBPyConnection, table: str, place: Place, rules: list[_Pair]
) -> None:
    """Judge parents that no row names like one row of nothing but NULLs."""
    compiled = [rule for rule, _ in rules]
    parent = compiled[0].parent
    assert parent is not None  # chosen by the caller
    key = quoted(parent.key[0])
    read = sorted({name for rule in compiled for name in rule.columns})
    documented = compiled[0].view.documented
    nulls = [f"CAST(NULL AS {documented[name].sql_type}) AS {quoted(name)}" for name in read]
    nulls = [text for text in nulls if not text.endswith(f" AS {key}")]
    only = f" SEMI JOIN {place.parents} a ON a.subject_id = p.{key}" if place.parents else ""
    view = f"{quoted(place.views or '')}.{quoted(parent.name)}"
    relation = (
        f"(SELECT {', '.join([f'p.{key}', *nulls])} FROM {view} p{only}"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.subject_id = p.{key}))"
    )
    try:
        statement, columns = codes(compiled, Source(relation, key, {}), frozenset())
        names = ", ".join(told for told, _ in columns)
        connection.execute(f"INSERT INTO {table} SELECT subject_id, {names} FROM ({statement})")
    except duckdb.CatalogException:
        # Candidates of a plan come without their parents' view.
        return


def _columns(rules: list[_Pair]) -> tuple[Columns, ...]:
    return tuple(Columns(rule.rule.id, f"c{number}") for number, (rule, _) in enumerate(rules))


def _culprit(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[Compiled],
    source: Source,
    error: duckdb.Error,
) -> RuleError:
    """Find the rule that the database refuses, so that the sentence can name it."""
    for rule in rules:
        statement, _ = codes([rule], source, frozenset())
        try:
            connection.execute(f"SELECT * FROM ({statement}) LIMIT 0").fetchall()
        except duckdb.Error as own:
            return RuleError(
                f"The predicate cannot be evaluated: {str(own).splitlines()[0]}",
                where=f"{rule.pack}, rule {rule.rule.id}",
            )
    return RuleError(f"The rules cannot be evaluated: {str(error).splitlines()[0]}")
