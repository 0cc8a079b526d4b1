"""What changed sides between the base and another run: rules with their functions, and levels."""

from dataclasses import dataclass

from freehold.estate.sql import literal, quoted
from freehold.scenarios.run import Run

MOST_FUNCTIONS = 40
"""Rules of which the functions concerned are looked up; of others only counts are told."""


@dataclass(frozen=True, slots=True)
class RuleSide:
    """A rule that decides otherwise: counts before and after, and the functions concerned."""

    id: str
    title: str
    severity: str
    fail_before: int
    fail_after: int
    unknown_before: int
    unknown_after: int
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelSide:
    """A service or the estate whose SEAL range differs; `function` is what the service is for."""

    what: str
    function: str | None
    low_before: int | None
    high_before: int | None
    low_after: int | None
    high_after: int | None
    capped_by: tuple[str, ...]


def rule_sides(base: Run, other: Run, *, with_functions: bool = True) -> list[RuleSide]:
    """Return the rules whose fails or unknowns differ, those with most new fails first.

    Without functions nothing is read, so that a comparison of many scenarios stays quick.
    """
    before = {rule.id: rule for rule in base.judgement.rules}
    differing = []
    for rule in other.judgement.rules:
        old = before.get(rule.id)
        fails, unknowns = (old.fail, old.unknown) if old else (0, 0)
        if (rule.fail, rule.unknown) != (fails, unknowns):
            differing.append((rule, fails, unknowns))
    differing.sort(key=lambda item: (item[1] - item[0].fail, item[2] - item[0].unknown, item[0].id))
    named = {
        rule.id: _functions(base, other, rule.id, rule.id in before)
        for rule, *_ in differing[: MOST_FUNCTIONS if with_functions else 0]
    }
    return [
        RuleSide(
            rule.id, rule.title, rule.severity, fails, rule.fail, unknowns, rule.unknown,
            named.get(rule.id, ()),
        )
        for rule, fails, unknowns in differing
    ]  # fmt: skip


def level_sides(base: Run, other: Run) -> list[LevelSide]:
    """Return the estate and its services whose level differs, the estate first."""
    found = []
    one, two = base.level, other.level
    if (one.seal_low, one.seal_high) != (two.seal_low, two.seal_high):
        found.append(
            LevelSide(
                "estate", None, one.seal_low, one.seal_high, two.seal_low, two.seal_high,
                tuple(two.capped_by),
            )
        )  # fmt: skip
    before = {service.service: service.result for service in one.services}
    functions = dict(
        other.connection.execute(
            f"SELECT service, function FROM {quoted(other.schemas.views)}.services"
        ).fetchall()
    )
    for service in two.services:
        old, new = before.get(service.service), service.result
        low, high = (old.seal_low, old.seal_high) if old else (None, None)
        if (low, high) != (new.seal_low, new.seal_high):
            found.append(
                LevelSide(
                    service.service, functions.get(service.service), low, high, new.seal_low,
                    new.seal_high, tuple(state.criterion for state in service.capping),
                )
            )  # fmt: skip
    return found


def _functions(base: Run, other: Run, rule_id: str, was_there: bool) -> tuple[str, ...]:
    """Return the functions of the subjects that a rule decides otherwise, by their ids."""
    rule = other.judgement.judged.rule(rule_id)
    if "function" not in rule.view.documented:
        return ()
    subject = rule.parent_column or rule.view.key[0]
    verdicts = "SELECT subject_id, result FROM {store}.verdicts WHERE rule_id = {rule}"
    after = verdicts.format(store=quoted(other.store), rule=literal(rule_id))
    earlier = verdicts.format(store=quoted(base.store), rule=literal(rule_id))
    if not was_there:
        earlier += " AND FALSE"
    rows = other.connection.execute(
        f"""
        SELECT DISTINCT v.function FROM {quoted(other.schemas.views)}.{quoted(rule.view.name)} v
        JOIN ({after}) a ON a.subject_id = v.{quoted(subject)}
        LEFT JOIN ({earlier}) b ON b.subject_id = a.subject_id
        WHERE a.result IS DISTINCT FROM b.result AND v.function IS NOT NULL ORDER BY 1
        """
    ).fetchall()
    return tuple(str(function) for (function,) in rows)
