"""Judge a scenario by what it moves: subjects that it leaves alone share the base's verdicts.

A rule is judged anew only where it can say something else: on the rows of its view that moved, on
the parents that they are rolled up to, or on the whole view where that was built whole (a date, a
fact or an aggregate that it reads has changed).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from freehold.compliance.compiled import Compiled
from freehold.compliance.engine import Judged, evaluated, sources_of
from freehold.compliance.evaluating import by_view, evaluate
from freehold.compliance.store import Stored
from freehold.estate.dictionary import Table
from freehold.estate.sql import one, qualified, quoted
from freehold.estate.view_building import differences
from freehold.estate.view_moves import Moved

_MOST_PARENTS = 0.5
"""Above this share of the parents, rolling up all rows costs less than finding theirs."""

_MARK = "_moved"


@dataclass(frozen=True)
class Part:
    """Rules of one view and one roll-up, and SQL of the rows over which they are judged.

    With `parents`, a relation of ids in a column `subject_id`, only those of the parents' view are
    subjects. `moved` tells that other subjects share the base's verdicts.
    """

    rules: tuple[Compiled, ...]
    relation: str
    parents: str | None = None
    moved: bool = True

    @property
    def view(self) -> Table:
        """The view that the rules read."""
        return self.rules[0].view

    @property
    def parent(self) -> Table | None:
        """The view that they are rolled up to."""
        return self.rules[0].parent


def evaluated_moved(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Sequence[Compiled],
    base: Judged,
    *,
    fewest: int,
) -> list[Stored]:
    """Evaluate `rules` over the views of `judged`, sharing the verdicts of `base` where they hold.

    The tables of `base` are read from then on, so they must stay as long as what is returned.
    """
    stored, parts, anew = planned(connection, judged, rules, base)
    for part in parts:
        stored += evaluated_part(connection, judged, part, fewest=fewest)
    return stored + evaluated(connection, judged, anew, store=judged.store, fewest=fewest)


def planned(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Sequence[Compiled],
    base: Judged,
) -> tuple[list[Stored], list[Part], list[Compiled]]:
    """Return the verdicts shared with `base`, what moved, and the rules to judge on whole views."""
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(judged.store)}")
    sharing = _Sharing(connection, judged, base)
    moves = differences(connection, judged.views, base.views, base.contents)
    known = {rule.rule.id: rule for rule in base.rules if rule.rule.id not in base.apart}
    stored: list[Stored] = []
    anew: list[Compiled] = []
    for name, group in by_view(rules).items():
        shared = [r for r in group if r.rule.id in known and reads(r) == reads(known[r.rule.id])]
        anew += [rule for rule in group if rule not in shared]
        for parent, alike in _by_parent(shared).items():
            if name not in moves:
                found = None
            elif parent is None:
                found = sharing.direct(alike, moves[name])
            else:
                found = sharing.rolled(alike, moves[name], parent in moves and not moves[parent])
            if found is None:
                anew += alike
            else:
                stored += found
    return stored, sharing.parts, anew


def evaluated_part(
    connection: duckdb.DuckDBPyConnection, judged: Judged, part: Part, *, fewest: int
) -> list[Stored]:
    """Judge one part of a judging by itself."""
    source = sources_of(part.rules, judged.views)[part.view.name]
    mark = _MARK if part.moved else ""
    return evaluate(
        connection,
        part.rules,
        {part.view.name: replace(source, relation=part.relation)},
        views=judged.views if part.parent else None,
        store=judged.store,
        fewest=fewest,
        parents=part.parents,
        # Tables of a view's own rows must not take the names of those that are rolled up.
        mark=f"{mark}_{part.parent.name}" if part.parent else mark,
    )


def reads(rule: Compiled) -> tuple[object, ...]:
    """Return what of a rule its verdicts depend on."""
    written = rule.rule
    return rule.applies, rule.fails, written.subject, written.per, written.quantifier, written.masks


def without(stored: Stored, ids: Iterable[str]) -> Stored:
    """Return the same verdicts without those of some rules."""
    left_out = set(ids)
    return replace(stored, rules=tuple(c for c in stored.rules if c.rule_id not in left_out))


def _by_parent(rules: Iterable[Compiled]) -> Mapping[str | None, list[Compiled]]:
    found: dict[str | None, list[Compiled]] = {}
    for rule in rules:
        found.setdefault(rule.parent.name if rule.parent else None, []).append(rule)
    return found


@dataclass(frozen=True)
class _Sharing:
    connection: duckdb.DuckDBPyConnection
    judged: Judged
    base: Judged
    parts: list[Part] = field(default_factory=list)

    def direct(self, rules: Sequence[Compiled], moved: Moved | None) -> list[Stored]:
        """Leave the rows that moved to be judged; the others share."""
        if moved is None:
            return self._of(rules)
        view = rules[0].view
        self.parts.append(Part(tuple(rules), moved.rows))
        gone = f"(SELECT key AS subject_id FROM {moved.gone})"
        return self._left(self._of(rules), gone, f"gone_{view.name}")

    def rolled(
        self, rules: Sequence[Compiled], moved: Moved | None, same_parents: bool
    ) -> list[Stored] | None:
        """Leave the parents of rows that moved, came or went to be judged; None if many."""
        view, parent = rules[0].view, rules[0].parent
        assert parent is not None  # chosen by the caller
        if moved is None and same_parents:
            return self._of(rules)
        touched = self._touched(view.name, parent, moved)
        if touched is None:
            return None
        source = sources_of(rules, self.judged.views)[view.name]
        relation = (
            f"(SELECT v.* FROM {source.relation} v"
            f" SEMI JOIN {touched} a ON a.subject_id = v.{quoted(parent.key[0])})"
        )
        self.parts.append(Part(tuple(rules), relation, touched))
        return self._left(self._of(rules), touched, f"gone_{view.name}_{parent.name}")

    def _touched(self, view: str, parent: Table, moved: Moved | None) -> str | None:
        """Return a table of the parents that may be judged otherwise; None if they are many."""
        key = quoted(parent.key[0])
        own, before = (
            qualified(schema, parent.name) for schema in (self.judged.views, self.base.views)
        )
        # Parents that came or went have, or had, a verdict even where no row names them.
        selects = [
            f"(SELECT {key} FROM {own} EXCEPT SELECT {key} FROM {before})",
            f"(SELECT {key} FROM {before} EXCEPT SELECT {key} FROM {own})",
        ]
        if moved is not None:
            selects += [
                f"SELECT b.{key} FROM {moved.base} b SEMI JOIN {moved.gone} g ON g.row = b.rowid",
                f"SELECT {key} FROM {moved.rows}",
            ]
        table = qualified(self.judged.store, f"parents_{view}_{parent.name}")
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT DISTINCT * FROM"
            f" ({' UNION ALL '.join(selects)}) AS u(subject_id) WHERE subject_id IS NOT NULL"
        )
        few, all_ = (
            one(self.connection, f"SELECT count(*) FROM {name}")[0] for name in (table, own)
        )
        return table if few <= _MOST_PARENTS * max(all_, 1) else None

    def _of(self, rules: Iterable[Compiled]) -> list[Stored]:
        """Return where the base's verdicts of some rules lie."""
        ids = {rule.rule.id for rule in rules}
        found = [
            replace(item, rules=tuple(c for c in item.rules if c.rule_id in ids))
            for item in self.base.stored
        ]
        return [item for item in found if item.rules]

    def _left(self, shared: Sequence[Stored], gone: str, mark: str) -> list[Stored]:
        """Return shared verdicts without the subjects in `gone`, whose old ones are set aside."""
        aside: dict[str, str] = {}
        for item in shared:
            if item.table not in aside:
                aside[item.table] = qualified(self.judged.store, f"{mark}_{len(aside)}")
                self.connection.execute(
                    f"CREATE OR REPLACE TABLE {aside[item.table]} AS SELECT t.* FROM {item.table} t"
                    f" SEMI JOIN {gone} g ON g.subject_id = t.subject_id"
                )
        return [replace(item, gone=aside[item.table]) for item in shared]
