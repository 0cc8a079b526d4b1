"""What differs between two kept runs, and whether estate, facts, rules or the date did it.

From the first run, one cause at a time is exchanged for that of the second, in the order estate,
facts, rules, date; after each the whole is judged again. What a step moves is its cause's share, so
the shares sum to the whole difference whatever depends on what.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from pydantic import ValidationError

from freehold.compliance import waivers
from freehold.compliance.history import verdicts
from freehold.compliance.history.keeping import KeptRun, file_of, packs_of
from freehold.compliance.judgement import judge
from freehold.compliance.packs import Pack
from freehold.compliance.rule import PackHead, Rule
from freehold.compliance.scores import three_scores
from freehold.errors import DocumentError, FreeholdError
from freehold.estate import Workspace, dictionary, publish, snapshots
from freehold.estate.sandbox import private_folder, sandbox
from freehold.estate.sql import literal, quoted

CAUSES = ("estate", "facts", "rules", "date")
COUNTED = ("pass", "fail", "waived", "unknown", "not_applicable")


@dataclass(frozen=True)
class Changed:
    """A rule and subject whose result differs; None = not there in that run."""

    rule_id: str
    subject_id: str
    before: str | None
    after: str | None
    causes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cause:
    """What one cause moved: the tables, rules or dates that differ, and counts and scores."""

    cause: str
    changed: tuple[str, ...]
    findings: int
    verdicts: dict[str, int]
    score: float | None
    score_after_waivers: float | None


@dataclass(frozen=True)
class Comparison:
    """Two runs side by side; `changed` holds the first of `findings` that differ.

    `causes` is empty, and `not_attributed_because` says why, where a run can no longer be judged
    again.
    """

    before: KeptRun
    after: KeptRun
    findings: int
    moved: dict[tuple[str | None, str | None], int]
    causes: tuple[Cause, ...]
    changed: tuple[Changed, ...]
    not_attributed_because: str | None = None

    @property
    def verdicts(self) -> dict[str, int]:
        """The whole change of each count."""
        return _change(self.before.verdicts, self.after.verdicts)


@dataclass(frozen=True)
class _State:
    """Verdicts and scores at one step from the first run to the second."""

    name: str
    verdicts: dict[str, int]
    score: float | None
    after_waivers: float | None
    file: bytes


def compare(
    workspace: Workspace, before: KeptRun, after: KeptRun, *, limit: int | None = 100
) -> Comparison:
    """Compare two kept runs of a document and tell the causes apart.

    Args:
        workspace: the open document; only its attachments are read.
        before: the first run.
        after: the second run.
        limit: list at most so many changed findings; None for all.

    Raises:
        DocumentError: what is kept of a run cannot be read.
    """
    differing = differences(before, after)
    causes = [name for name in CAUSES if differing[name]]
    why_not: str | None = None
    with private_folder() as folder, sandbox() as private:
        states = [_kept(workspace, "before", before)]
        try:
            states += _between(workspace, before, after, causes, folder)
        except (FreeholdError, duckdb.Error) as error:
            why_not = str(error)
        states.append(_kept(workspace, "after", after))
        rules = verdicts.lay_out(
            private, {state.name: state.file for state in states}, folder, "kept runs"
        )
        placed = {state.name: _by_view(private, state.name, rules[state.name]) for state in states}
        _difference(private, placed, ("before", "after"), "whole")
        steps = []
        if why_not is None:
            for cause, first, second in zip(causes, states, states[1:], strict=False):
                if len(causes) == 1:
                    private.execute(f"CREATE VIEW step_{cause} AS FROM whole")
                else:
                    _difference(private, placed, (first.name, second.name), f"step_{cause}")
                steps.append(
                    Cause(
                        cause,
                        tuple(differing[cause]),
                        _count(private, f"step_{cause}"),
                        _change(first.verdicts, second.verdicts),
                        _minus(second.score, first.score),
                        _minus(second.after_waivers, first.after_waivers),
                    )
                )
        moved = private.execute(
            "SELECT before, after, count(*) AS n FROM whole GROUP BY ALL"
            " ORDER BY n DESC, before, after"
        ).fetchall()
        return Comparison(
            before,
            after,
            _count(private, "whole"),
            {(row[0], row[1]): int(row[2]) for row in moved},
            tuple(steps),
            _listed(private, [step.cause for step in steps], limit),
            why_not,
        )


def differences(before: KeptRun, after: KeptRun) -> dict[str, list[str]]:
    """Return, by cause, the tables, rules or parameters in which two runs differ."""
    dates = []
    if before.as_of != after.as_of:
        dates.append(f"as of {before.as_of} / {after.as_of}")
    return {
        "estate": _differing(before.estate, after.estate),
        "facts": [name for name in _differing(before.facts, after.facts) if name != "snapshot"],
        "rules": _differing(before.rules, after.rules),
        "date": dates,
    }


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def _kept(workspace: Workspace, name: str, run: KeptRun) -> _State:
    return _State(
        name, dict(run.verdicts), run.score, run.score_after_waivers, file_of(workspace, run)
    )


def _between(
    workspace: Workspace, before: KeptRun, after: KeptRun, causes: Sequence[str], folder: Path
) -> list[_State]:
    """Judge the steps between two runs; none is needed where at most one cause differs."""
    found = []
    for place in range(1, len(causes)):
        done = set(causes[:place])
        estate = after if "estate" in done or "estate" not in causes else before
        facts = after if "facts" in done or "facts" not in causes else before
        rules = after if "rules" in done or "rules" not in causes else before
        day = (after if "date" in done else before).as_of
        snapshot = snapshots.Snapshot(dict(estate.estate), dict(facts.facts))
        own = folder / f"step_{place}"
        own.mkdir()
        packs = _packs(workspace, rules)
        restored = snapshots.restore(workspace.attachments, snapshot, own, "kept runs")
        found.append(_judged(restored, packs, day, own, f"after_{causes[place - 1]}"))
    return found


def _judged(
    connection: duckdb.DuckDBPyConnection, packs: list[Pack], day: date, folder: Path, name: str
) -> _State:
    asked = {v for pack in packs for rule in pack.rules for v in (rule.subject, rule.per) if v}
    with closing(connection):
        publish(connection, as_of=day, only=asked & dictionary.views().keys())
        found = judge(connection, packs, day, waivers=waivers.read(connection), frameworks=[])
        three = three_scores(found.rules)
        data = verdicts.write(connection, found.judged, folder)
    return _State(name, found.verdicts, three.before_waivers, three.after_waivers, data)


def _packs(workspace: Workspace, run: KeptRun) -> list[Pack]:
    try:
        return [
            Pack(
                PackHead.model_validate(part["head"], by_name=True),
                tuple(Rule.model_validate(rule) for rule in part["rules"]),
            )
            for part in packs_of(workspace.attachments, run)
        ]
    except (ValidationError, KeyError, TypeError) as error:
        raise DocumentError(
            "The rules of a kept run do not follow the rule format of this version",
            where=f"run {run.run_id[:12]}",
        ) from error


def _by_view(
    private: duckdb.DuckDBPyConnection, name: str, rules: Sequence[str]
) -> dict[str, set[str]]:
    """Return the rules of one run by what they judged (see `verdicts`)."""
    if not rules:
        return {}
    counts = ", ".join(f"count({quoted(rule)})" for rule in rules)
    found = private.execute(f"SELECT judged, {counts} FROM {quoted(name)} GROUP BY judged")
    return {
        str(judged): {rule for rule, count in zip(rules, told, strict=True) if count}
        for judged, *told in found.fetchall()
    }


def _difference(
    private: duckdb.DuckDBPyConnection,
    placed: dict[str, dict[str, set[str]]],
    names: tuple[str, str],
    table: str,
) -> None:
    """Make a table of rule_id, subject_id, before and after where two runs differ."""
    private.execute(
        "CREATE OR REPLACE TEMP TABLE differing"
        " (rule_id VARCHAR, subject_id VARCHAR, x UTINYINT, y UTINYINT)"
    )
    known = [placed[name] for name in names]
    # Each view by itself: the rules of all others would be carried along without a value.
    for judged in sorted(known[0].keys() | known[1].keys()):
        if listed := sorted(set().union(*(sides.get(judged, set()) for sides in known))):
            sides = [
                f"(SELECT subject_id{''.join(f', {_result(r, r in has)}' for r in listed)}"
                f" FROM {quoted(name)} WHERE judged = {literal(judged)})"
                for name, has in zip(names, (k.get(judged, set()) for k in known), strict=True)
            ]
            pairs = [(literal(r), f"a.{quoted(r)}", f"b.{quoted(r)}") for r in listed]
            differs = " OR ".join(f"{one} IS DISTINCT FROM {other}" for _, one, other in pairs)
            structs = ", ".join(
                f"{{'r': {r}, 'a': {one}, 'b': {other}}}" for r, one, other in pairs
            )
            private.execute(
                "INSERT INTO differing SELECT u.r, subject_id, u.a, u.b FROM ("
                f"SELECT subject_id, unnest([{structs}]) AS u FROM {sides[0]} AS a"
                f" FULL JOIN {sides[1]} AS b USING (subject_id) WHERE {differs})"
                " WHERE u.a IS DISTINCT FROM u.b"
            )
    # A rule that reads another view than before has a row on each side; they are put together.
    private.execute(
        f"CREATE TABLE {table} AS SELECT rule_id, subject_id, {verdicts.word_sql('x')} AS before,"
        f" {verdicts.word_sql('y')} AS after FROM ("
        "SELECT rule_id, subject_id, max(x) AS x, max(y) AS y FROM differing GROUP BY ALL)"
        " WHERE x IS DISTINCT FROM y"
    )
    private.execute("DROP TABLE differing")


def _result(rule: str, is_there: bool) -> str:
    """Return SQL of a rule's result alone: a fail that rests on another reason is no other fail."""
    code = f"{quoted(rule)} % {verdicts.BASE}" if is_there else "NULL"
    return f"CAST({code} AS UTINYINT) AS {quoted(rule)}"


def _listed(
    private: duckdb.DuckDBPyConnection, causes: Sequence[str], limit: int | None
) -> tuple[Changed, ...]:
    tests = [
        f"CASE WHEN (rule_id, subject_id) IN (SELECT (rule_id, subject_id) FROM step_{cause})"
        f" THEN {literal(cause)} END"
        for cause in causes
    ]
    named = f"list_filter([{', '.join(tests)}], lambda c: c IS NOT NULL)" if tests else "[]"
    rows = private.execute(
        f"SELECT rule_id, subject_id, before, after, {named} FROM"
        " (SELECT * FROM whole ORDER BY rule_id, subject_id"
        + ("" if limit is None else f" LIMIT {int(limit)}")
        + ") ORDER BY rule_id, subject_id"
    ).fetchall()
    return tuple(Changed(row[0], row[1], row[2], row[3], tuple(row[4])) for row in rows)


def _count(private: duckdb.DuckDBPyConnection, table: str) -> int:
    row = private.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _change(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: other.get(name, 0) - one.get(name, 0) for name in COUNTED}


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
