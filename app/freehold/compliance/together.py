"""Judge several scenarios in one pass: rows that the same rules judge stand in one table.

Preparing a statement over a wide view costs more than judging the rows that a scenario moves, so
the rows of all scenarios are judged by one statement per view and roll-up, with the number of the
scenario before each subject. Each scenario then gets its own verdicts, as if judged by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import duckdb

from freehold.compliance.compiled import Compiled, unverified_name
from freehold.compliance.engine import Judged, evaluated
from freehold.compliance.evaluating import evaluate
from freehold.compliance.fuse import Source
from freehold.compliance.sharing import Part, evaluated_part, planned
from freehold.compliance.store import Stored
from freehold.estate.sql import literal, qualified, quoted

_SUBJECT, _PARENT = "freehold_subject", "freehold_parent"

_Member = tuple[int, Part]
"""A part and the place of the judging that it belongs to."""


def evaluated_together(
    connection: duckdb.DuckDBPyConnection,
    judgings: Sequence[Judged],
    base: Judged,
    *,
    fewest: int,
) -> list[list[Stored]]:
    """Evaluate the rules of several judgings over their views; see `sharing.evaluated_moved`.

    Returns where the verdicts of each lie, in its own store.
    """
    made: list[list[Stored]] = []
    groups: dict[tuple[int, ...], list[_Member]] = {}
    for place, judged in enumerate(judgings):
        stored, parts, anew = planned(connection, judged, judged.rules, base)
        apart = [rule for rule in anew if rule.rule.id in judged.apart]
        stored += evaluated(connection, judged, apart, store=judged.store, fewest=fewest)
        made.append(stored)
        for part in [*parts, *_whole(judged, anew)]:
            # A rule compiled for the same date is one object, whichever judging it is for.
            groups.setdefault(tuple(map(id, part.rules)), []).append((place, part))
    room = f"{judgings[0].store}_together" if judgings else ""
    for number, members in enumerate(groups.values()):
        if len(members) == 1:
            [(place, part)] = members
            made[place] += evaluated_part(connection, judgings[place], part, fewest=fewest)
            continue
        found = _judged(connection, room, judgings, members, fewest)
        for place, _ in members:
            made[place] += _own(connection, judgings[place], place, found, number)
    connection.execute(f"DROP SCHEMA IF EXISTS {quoted(room)} CASCADE")
    return made


def _whole(judged: Judged, rules: Iterable[Compiled]) -> list[Part]:
    """Return rules from here that are judged on all of their view, by view and roll-up."""
    alike: dict[tuple[str, str | None], list[Compiled]] = {}
    for rule in rules:
        if rule.rule.id not in judged.apart:
            alike.setdefault((rule.view.name, rule.parent_column), []).append(rule)
    return [
        Part(tuple(group), qualified(judged.views, view), moved=False)
        for (view, _), group in alike.items()
    ]


def _judged(
    connection: duckdb.DuckDBPyConnection,
    room: str,
    judgings: Sequence[Judged],
    members: Sequence[_Member],
    fewest: int,
) -> list[Stored]:
    """Judge parts with the same rules at once, the place of each before its subjects."""
    rules = members[0][1].rules
    parent = rules[0].parent
    rows = qualified(room, "rows")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(room)}")
    union = " UNION ALL BY NAME ".join(_rows(judgings[place], place, p) for place, p in members)
    connection.execute(f"CREATE OR REPLACE TABLE {rows} AS {union}")
    source = Source(rows, _SUBJECT, {parent.name: _PARENT} if parent else {})
    return evaluate(
        connection, rules, {rules[0].view.name: source}, views=None, store=room, fewest=fewest
    )


def _rows(judged: Judged, place: int, part: Part) -> str:
    """Return SQL of a part's rows, each with its subject's and its parent's mark."""
    view, parent = part.view, part.parent
    key = quoted(view.key[0])
    read = sorted({name for rule in part.rules for name in rule.columns})
    flags = [unverified_name(name) for name in read if view.documented[name].verified]
    columns = [*map(quoted, read), *map(quoted, flags), f"{_marked(place, key)} AS {_SUBJECT}"]
    if parent is None:
        return f"SELECT {', '.join(columns)} FROM {part.relation}"
    own = quoted(parent.key[0])
    columns.append(f"{_marked(place, own)} AS {_PARENT}")
    # A parent that no row names is judged as one row of nothing but NULLs.
    only = f" SEMI JOIN {part.parents} a ON a.subject_id = p.{own}" if part.parents else ""
    childless = [f"{_marked(place, f'p.{own}')} AS {_PARENT}"]
    childless += [f"p.{own}"] if parent.key[0] in read else []
    return (
        f"SELECT {', '.join(columns)} FROM {part.relation} UNION ALL BY NAME"
        f" SELECT {', '.join(childless)} FROM {qualified(judged.views, parent.name)} p{only}"
        f" ANTI JOIN {part.relation} r ON r.{own} = p.{own}"
    )


def _marked(place: int, key: str) -> str:
    return f"{literal(_mark(place))} || {key}"


def _mark(place: int) -> str:
    return f"{place}:"


def _own(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    place: int,
    found: Sequence[Stored],
    number: int,
) -> list[Stored]:
    """Copy the verdicts of one judging to its own store."""
    mark = _mark(place)
    tables: dict[str, str] = {}
    own: list[Stored] = []
    for step, stored in enumerate(found):
        if stored.table not in tables:
            table = tables[stored.table] = qualified(
                judged.store, f"together_{number}_{len(tables)}"
            )
            connection.execute(
                f"CREATE OR REPLACE TABLE {table} AS SELECT substr(subject_id, {len(mark) + 1})"
                f" AS subject_id, * EXCLUDE (subject_id) FROM {stored.table}"
                f" WHERE starts_with(subject_id, {literal(mark)})"
            )
        lookup = stored.lookup
        if lookup is not None:
            lookup = qualified(judged.store, f"together_{number}_codes_{step}")
            connection.execute(
                f"CREATE OR REPLACE TABLE {lookup} AS SELECT l.* REPLACE (c.n AS n)"
                f" FROM {stored.lookup} l JOIN (SELECT {stored.signature} AS sig, count(*) AS n"
                f" FROM {tables[stored.table]} GROUP BY ALL) c ON c.sig = l.sig"
            )
        own.append(replace(stored, table=tables[stored.table], lookup=lookup))
    return own
