"""The engine: rules over published views become verdicts, stored once and read many times."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule, unverified_name
from freehold.compliance.fuse import Source, codes, combined, rolled_up
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule
from freehold.compliance.store import Columns, Stored, create_verdicts
from freehold.errors import RuleError

OWN_PACK = "own"
"""The pack named for rules that are given without one."""


@dataclass(frozen=True)
class NotEvaluated:
    """A rule left out at this as-of date, and why: not_yet_valid or no_longer_valid."""

    rule: str
    pack: str
    reason: str
    day: date


@dataclass(frozen=True)
class Judged:
    """What was judged: the rules, where their codes lie, and what was left out."""

    as_of: date
    views: str
    store: str
    rules: tuple[Compiled, ...]
    stored: tuple[Stored, ...]
    not_evaluated: tuple[NotEvaluated, ...] = ()

    def rule(self, rule_id: str) -> Compiled:
        """Return the judged rule of that id; raises RuleError if it was not judged."""
        for rule in self.rules:
            if rule.rule.id == rule_id:
                return rule
        raise RuleError(
            f"The rule '{rule_id}' was not evaluated",
            mend="See freehold rules list for the rules there are",
        )


def quoted(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def in_force(
    packs: Iterable[Pack | Rule], as_of: date
) -> tuple[list[tuple[str, Rule]], list[NotEvaluated]]:
    """Return the rules in force at `as_of` with their packs' ids, and those that are not."""
    chosen: list[tuple[str, Rule]] = []
    left_out: list[NotEvaluated] = []
    for item in packs:
        pack = item if isinstance(item, Pack) else None
        for rule in pack.rules if pack else [item] if isinstance(item, Rule) else []:
            name = pack.id if pack else OWN_PACK
            windows = [(rule.valid_from, rule.valid_to)]
            if pack:
                windows.append((pack.head.valid_from, pack.head.valid_to))
            starts = [first for first, _ in windows if first and first > as_of]
            ends = [last for _, last in windows if last and last < as_of]
            if starts:
                left_out.append(NotEvaluated(rule.id, name, "not_yet_valid", max(starts)))
            elif ends:
                left_out.append(NotEvaluated(rule.id, name, "no_longer_valid", min(ends)))
            else:
                chosen.append((name, rule))
    return chosen, left_out


def judge_rules(
    connection: duckdb.DuckDBPyConnection,
    packs: Iterable[Pack | Rule],
    as_of: date,
    *,
    views: str = "views",
    store: str = "results",
) -> Judged:
    """Judge every row rule of `packs` in force and store the verdicts in the schema `store`.

    Raises:
        RuleError: a rule is wrong, stands twice, or a view it reads is not published.
    """
    chosen, left_out = in_force(packs, as_of)
    rules = [_compiled(rule, pack, as_of) for pack, rule in chosen if rule.kind == "row"]
    seen: set[str] = set()
    for rule in rules:
        if rule.rule.id in seen:
            raise RuleError(f"The rule id '{rule.rule.id}' stands twice")
        seen.add(rule.rule.id)
    sources = {
        name: Source(
            f"{quoted(views)}.{quoted(name)}",
            quoted(group[0].view.key[0]),
            {rule.parent.name: quoted(rule.parent.key[0]) for rule in group if rule.parent},
        )
        for name, group in by_view(rules).items()
    }
    stored = evaluate(connection, rules, sources, views=views, store=store)
    create_verdicts(connection, store, stored, [rule.rule.id for rule in rules])
    return Judged(as_of, views, store, tuple(rules), tuple(stored), tuple(left_out))


_MOST_COMPILED = 2000
_COMPILED: dict[tuple[int, str, date], tuple[Rule, Compiled]] = {}


def _compiled(rule: Rule, pack: str, as_of: date) -> Compiled:
    """Compile a rule once per as-of date: scenarios judge the same rules again and again."""
    key = (id(rule), pack, as_of)
    held = _COMPILED.get(key)
    if held is None:
        if len(_COMPILED) >= _MOST_COMPILED:
            _COMPILED.clear()
        # The rule is held too, so that its id cannot pass to another one.
        held = _COMPILED[key] = (rule, compile_rule(rule, pack, as_of))
    return held[1]


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
) -> list[Stored]:
    """Judge `rules` over `sources` into tables of codes in the schema `store`.

    With `views`, every row of a parent's view in that schema is a subject even where no row names
    it; without, the parents are those that rows name.
    """
    _steady_in_lists(connection)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(store)}")
    stored: list[Stored] = []
    for name, group in by_view(rules).items():
        source = sources[name]
        unverified = unverified_columns(connection, group, source)
        statement, columns = codes(group, source, unverified)
        rows = f"{quoted(store)}.{quoted('rows_' + name)}"
        try:
            connection.execute(f"CREATE OR REPLACE TABLE {rows} AS {statement}")
        except duckdb.Error as error:
            raise _culprit(connection, group, source, error) from error
        pairs = list(zip(group, columns, strict=True))
        direct = [(rule, pair) for rule, pair in pairs if rule.parent is None]
        if direct:
            stored.append(_direct(connection, store, name, rows, direct))
        for parent in dict.fromkeys(rule.parent.name for rule in group if rule.parent):
            rolled = [(r, pair) for r, pair in pairs if r.parent and r.parent.name == parent]
            stored.append(_rolled(connection, (store, views), name, rows, rolled))
        connection.execute(f"DROP TABLE {rows}")
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
    connection: duckdb.DuckDBPyConnection, store: str, view: str, rows: str, rules: list[_Pair]
) -> Stored:
    table = f"{quoted(store)}.{quoted('codes_' + view)}"
    selected = [
        f"CAST({combined(told, kept, masks=rule.rule.masks)} AS UTINYINT) AS c{number}"
        for number, (rule, (told, kept)) in enumerate(rules)
    ]
    connection.execute(
        f"CREATE OR REPLACE TABLE {table} AS SELECT subject_id, {', '.join(selected)} FROM {rows}"
    )
    return Stored(table, view, view, _columns(rules))


def _rolled(
    connection: duckdb.DuckDBPyConnection,
    schemas: tuple[str, str | None],
    view: str,
    rows: str,
    rules: list[_Pair],
) -> Stored:
    store, views = schemas
    parent = rules[0][0].parent
    assert parent is not None  # chosen by the caller
    key = quoted("parent_" + parent.name)
    table = f"{quoted(store)}.{quoted(f'codes_{view}_per_{parent.name}')}"
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
    if views is not None:
        _add_childless(connection, table, views, view, rules)
    return Stored(table, view, parent.name, _columns(rules))


def _add_childless(
    connection: duckdb.DuckDBPyConnection, table: str, views: str, view: str, rules: list[_Pair]
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
    relation = (
        f"(SELECT {', '.join([f'p.{key}', *nulls])} FROM {quoted(views)}.{quoted(parent.name)} p"
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
