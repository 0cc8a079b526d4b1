"""The engine: rules over published views become verdicts, stored once and read many times."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb

from freehold.compliance.compiled import Compiled, compile_rule
from freehold.compliance.evaluating import by_view, evaluate
from freehold.compliance.fuse import Source
from freehold.compliance.packs import Pack
from freehold.compliance.rule import Rule
from freehold.compliance.signatures import FEWEST_ROWS
from freehold.compliance.store import Stored, create_verdicts
from freehold.errors import RuleError
from freehold.estate import sql
from freehold.estate.view_building import contents

quoted = sql.quoted

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
    apart: frozenset[str] = frozenset()
    """Rules from outside, which are evaluated in a child process."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """What each view held when it was judged, as a hash; see `view_building.contents`."""

    def rule(self, rule_id: str) -> Compiled:
        """Return the judged rule of that id; raises RuleError if it was not judged."""
        for rule in self.rules:
            if rule.rule.id == rule_id:
                return rule
        raise RuleError(
            f"The rule '{rule_id}' was not evaluated",
            mend="See freehold rules list for the rules there are",
        )


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
    fewest: int = FEWEST_ROWS,
    base: Judged | None = None,
) -> Judged:
    """Judge every row rule of `packs` in force and store the verdicts in the schema `store`.

    Views of at least `fewest` rows are judged by signature, which tells the same. With `base`,
    over whose views these were published, verdicts that cannot differ are shared with it.

    Raises:
        RuleError: a rule is wrong, stands twice, or a view it reads is not published.
    """
    judged = _prepared(connection, packs, as_of, views=views, store=store)
    rules = judged.rules
    if base is None or base.store == store:
        stored = evaluated(connection, judged, rules, store=store, fewest=fewest)
    else:
        from freehold.compliance.sharing import evaluated_moved

        stored = evaluated_moved(connection, judged, rules, base, fewest=fewest)
    create_verdicts(connection, store, stored)
    return replace(judged, stored=tuple(stored))


def judge_rules_together(
    connection: duckdb.DuckDBPyConnection,
    packs: Iterable[Pack | Rule],
    places: Sequence[tuple[date, str, str]],
    base: Judged,
    *,
    fewest: int = FEWEST_ROWS,
) -> list[Judged]:
    """Judge several scenarios in one pass; each tells what `judge_rules` with `base` tells.

    Args:
        connection: the workspace's connection.
        packs: as for `judge_rules`.
        places: as-of date, schema of the views and schema for the verdicts of each scenario.
        base: what was judged over the views that theirs were published like.
        fewest: as for `judge_rules`.

    Raises:
        RuleError: see `judge_rules`.
    """
    from freehold.compliance.together import evaluated_together

    packs = list(packs)
    judgings = [
        _prepared(connection, packs, as_of, views=views, store=store)
        for as_of, views, store in places
    ]
    made = []
    found = evaluated_together(connection, judgings, base, fewest=fewest)
    for judged, stored in zip(judgings, found, strict=True):
        create_verdicts(connection, judged.store, stored)
        made.append(replace(judged, stored=tuple(stored)))
    return made


def _prepared(
    connection: duckdb.DuckDBPyConnection,
    packs: Iterable[Pack | Rule],
    as_of: date,
    *,
    views: str,
    store: str,
) -> Judged:
    """Compile the rules in force, before anything is judged."""
    packs = list(packs)
    apart = {
        rule.id for pack in packs if isinstance(pack, Pack) and pack.outside for rule in pack.rules
    }
    chosen, left_out = in_force(packs, as_of)
    rules = [compiled(rule, pack, as_of) for pack, rule in chosen if rule.kind == "row"]
    seen: set[str] = set()
    for rule in rules:
        if rule.rule.id in seen:
            raise RuleError(f"The rule id '{rule.rule.id}' stands twice")
        seen.add(rule.rule.id)
    held = contents(connection, views)
    connection.execute(f"DROP SCHEMA IF EXISTS {quoted(tuples_schema(store))} CASCADE")
    return Judged(as_of, views, store, tuple(rules), (), tuple(left_out), frozenset(apart), held)


def tuples_schema(store: str) -> str:
    """Return the schema for what is kept of verdicts in `store` to judge rules again."""
    return f"{store}_tuples"


def evaluated(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Iterable[Compiled],
    *,
    store: str,
    fewest: int,
) -> list[Stored]:
    """Evaluate rules into the schema `store`: those from outside in a child, the others here."""
    trusted = [rule for rule in rules if rule.rule.id not in judged.apart]
    outside = [rule for rule in rules if rule.rule.id in judged.apart]
    sources = sources_of(trusted, judged.views)
    views = judged.views
    stored = evaluate(connection, trusted, sources, views=views, store=store, fewest=fewest)
    if outside:
        from freehold.compliance.outside import judge_outside

        stored += judge_outside(connection, outside, judged.as_of, views=views, store=store)
    return stored


def sources_of(rules: Iterable[Compiled], views: str) -> dict[str, Source]:
    """Return where the rows that `rules` read lie in the schema `views`, by view."""
    return {
        name: Source(
            f"{quoted(views)}.{quoted(name)}",
            quoted(group[0].view.key[0]),
            {rule.parent.name: quoted(rule.parent.key[0]) for rule in group if rule.parent},
        )
        for name, group in by_view(rules).items()
    }


_MOST_COMPILED = 2000
_COMPILED: dict[tuple[int, str, date], tuple[Rule, Compiled]] = {}


def compiled(rule: Rule, pack: str, as_of: date) -> Compiled:
    """Compile a rule once per as-of date: scenarios judge the same rules again and again."""
    key = (id(rule), pack, as_of)
    held = _COMPILED.get(key)
    if held is None:
        if len(_COMPILED) >= _MOST_COMPILED:
            _COMPILED.clear()
        # The rule is held too, so that its id cannot pass to another one.
        held = _COMPILED[key] = (rule, compile_rule(rule, pack, as_of))
    return held[1]
