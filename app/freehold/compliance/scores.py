"""Scores and coverage of rules, packs and frameworks, before and after waivers and at worst.

Rule score = 100 x passing / (passing + failing) over decided subjects; framework score = mean
weighted by rule weight. Unknown never counts as pass, and nothing decided has no score.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb

from freehold.compliance.compiled import Compiled
from freehold.compliance.engine import Judged, quoted
from freehold.compliance.fuse import CONFIRMED, FAIL, FLAGGED, RESULTS
from freehold.compliance.packs import Pack
from freehold.compliance.rule import SEVERITIES, FrameworkMap

MOST_CAPS = 5
"""How many of the rules that cost a framework most are named."""


@dataclass(frozen=True)
class RuleResult:
    """How one rule decided; scores run from 0 to 100, coverage from 0 to 1, None = undecided.

    `fail` leaves out `waived`. `would_fail` counts unknown subjects that fail if their unverified
    facts are confirmed, `unverified` those decided on unverified facts.
    """

    id: str
    pack: str
    title: str
    severity: str
    weight: float
    basis: str
    subjects: int
    passed: int
    fail: int
    waived: int
    unknown: int
    not_applicable: int
    would_fail: int
    unverified: int
    score: float | None
    score_after_waivers: float | None
    score_worst_case: float | None
    coverage: float

    @property
    def applicable(self) -> int:
        """Subjects that the rule applies to, or may apply to."""
        return self.passed + self.fail + self.waived + self.unknown


@dataclass(frozen=True)
class FrameworkResult:
    """Level, score and coverage of a framework or a pack.

    `level` is None where the framework defines none; `worst_failing` is then the worst severity
    among failing rules. `capped_by` names the rules (or criteria) that cost most.
    """

    id: str
    title: str
    level: int | None
    level_low: int | None
    level_high: int | None
    score: float | None
    score_after_waivers: float | None
    score_worst_case: float | None
    coverage: float
    worst_failing: str | None
    capped_by: tuple[str, ...]
    rules: tuple[str, ...]
    clauses: int = 0
    clauses_by_rules: int = 0
    clauses_attested: int = 0
    clauses_out_of_scope: int = 0


@dataclass
class _Tally:
    counts: dict[str, int]
    weights: dict[str, Fraction]
    weighed: bool


def rule_results(connection: duckdb.DuckDBPyConnection, judged: Judged) -> list[RuleResult]:
    """Count and score every rule judged, in the order of judging."""
    tallies = _tallied(connection, judged)
    _take_waived(connection, judged, tallies)
    for rule in judged.rules:
        if rule.rule.base is not None:
            _weigh(connection, judged, rule, tallies[rule.rule.id])
    return [_result(rule, tallies[rule.rule.id]) for rule in judged.rules]


def totals(results: Iterable[RuleResult]) -> dict[str, int]:
    """Return the five numbers of all rules together; they sum to rules x subjects."""
    found = list(results)
    return {
        "pass": sum(result.passed for result in found),
        "fail": sum(result.fail for result in found),
        "waived": sum(result.waived for result in found),
        "unknown": sum(result.unknown for result in found),
        "not_applicable": sum(result.not_applicable for result in found),
    }


def framework_results(
    results: Sequence[RuleResult], maps: Iterable[FrameworkMap]
) -> list[FrameworkResult]:
    """Score each framework that at least one evaluated rule belongs to.

    A framework none of whose `asked_by` rules applies is asked by nobody: rules that it shares
    with others then give it no score.
    """
    found = []
    applicable = {result.id for result in results if result.applicable}
    for chart in maps:
        deciding = set(chart.rule_ids)
        own = [result for result in results if result.id in deciding]
        if chart.asked_by and applicable.isdisjoint(chart.asked_by):
            own = [result for result in own if result.id in chart.asked_by]
        if own:
            decided = [clause.decided_by for clause in chart.clauses]
            found.append(
                _framework(
                    chart.id,
                    chart.name,
                    own,
                    (
                        len(decided),
                        decided.count("rules"),
                        decided.count("attested"),
                        decided.count("out_of_scope"),
                    ),
                )
            )
    return found


def pack_results(results: Sequence[RuleResult], packs: Iterable[Pack]) -> list[FrameworkResult]:
    """Score each pack that has an evaluated rule."""
    found = []
    for pack in packs:
        own = [result for result in results if result.pack == pack.id]
        if own:
            found.append(_framework(pack.id, pack.head.title or pack.id, own, (0, 0, 0, 0)))
    return found


@dataclass(frozen=True)
class ThreeScores:
    """The overall rule score 0-100: waived counts as failing, as passing; unknown as failing."""

    before_waivers: float | None
    after_waivers: float | None
    worst_case: float | None


def three_scores(rules: Sequence[RuleResult]) -> ThreeScores:
    """Return the score over all rules, weighted by rule weight, in the three ways."""
    return ThreeScores(
        _mean([(rule.weight, rule.score) for rule in rules]),
        _mean([(rule.weight, rule.score_after_waivers) for rule in rules]),
        _mean([(rule.weight, rule.score_worst_case) for rule in rules]),
    )


def share(part: Fraction | int, whole: Fraction | int) -> float | None:
    """Return 100 x part / whole, or None if there is no whole."""
    return float(Fraction(part) * 100 / Fraction(whole)) if whole else None


def _tallied(connection: duckdb.DuckDBPyConnection, judged: Judged) -> dict[str, _Tally]:
    tallies = {rule.rule.id: _Tally({}, {}, weighed=False) for rule in judged.rules}
    for rule_id, code, n in connection.execute(
        f"SELECT rule_id, code, n FROM {quoted(judged.store)}.rollup"
    ).fetchall():
        counts = tallies[rule_id].counts
        result = RESULTS[code % CONFIRMED]
        counts[result] = counts.get(result, 0) + n
        if code >= FLAGGED and result in ("pass", "fail"):
            counts["unverified"] = counts.get("unverified", 0) + n
        if result == "unknown" and code // CONFIRMED == FAIL + 1:
            counts["would_fail"] = counts.get("would_fail", 0) + n
    return tallies


def _take_waived(
    connection: duckdb.DuckDBPyConnection, judged: Judged, tallies: dict[str, _Tally]
) -> None:
    for rule_id, n in connection.execute(
        f"SELECT rule_id, count(*) FROM {quoted(judged.store)}.waived GROUP BY rule_id"
    ).fetchall():
        counts = tallies[rule_id].counts
        counts["waived"] = n
        counts["fail"] = counts.get("fail", 0) - n


def _weigh(
    connection: duckdb.DuckDBPyConnection, judged: Judged, rule: Compiled, tally: _Tally
) -> None:
    """Take the sum of the rule's base per result in place of the count of subjects."""
    view = f"{quoted(judged.views)}.{quoted(rule.subjects.name)}"
    base, key = quoted(rule.rule.base or ""), quoted(rule.subjects.key[0])
    tally.weighed = True
    for result, weight, missing in connection.execute(
        f"SELECT v.result, sum(CAST(s.{base} AS DECIMAL(38, 6))),"
        f" count(*) FILTER (s.{base} IS NULL)"
        f" FROM {quoted(judged.store)}.verdicts v LEFT JOIN {view} s ON s.{key} = v.subject_id"
        " WHERE v.rule_id = ? GROUP BY v.result",
        [rule.rule.id],
    ).fetchall():
        if missing and result != "unknown":
            # A subject without the base cannot be weighed, so the rule has no score.
            tally.weights.clear()
            return
        tally.weights[result] = Fraction(weight or 0)


def _result(compiled: Compiled, tally: _Tally) -> RuleResult:
    rule, counts = compiled.rule, tally.counts
    passed, fail, waived, unknown, not_applicable = (
        counts.get(name, 0) for name in ("pass", "fail", "waived", "unknown", "not_applicable")
    )
    weight = {name: Fraction(counts.get(name, 0)) for name in RESULTS} | {
        "waived": Fraction(waived)
    }
    if tally.weighed:
        weight = {name: tally.weights.get(name, Fraction(0)) for name in weight}
    decided = weight["pass"] + weight["fail"] + weight["waived"]
    applicable = passed + fail + waived + unknown
    return RuleResult(
        id=rule.id,
        pack=compiled.pack,
        title=rule.title,
        severity=rule.severity,
        weight=float(rule.weight),
        basis=rule.basis,
        subjects=applicable + not_applicable,
        passed=passed,
        fail=fail,
        waived=waived,
        unknown=unknown,
        not_applicable=not_applicable,
        would_fail=counts.get("would_fail", 0),
        unverified=counts.get("unverified", 0),
        score=share(weight["pass"], decided),
        score_after_waivers=share(weight["pass"] + weight["waived"], decided),
        score_worst_case=share(weight["pass"], decided + weight["unknown"]),
        coverage=(passed + fail + waived) / applicable if applicable else 0.0,
    )


def _framework(
    name: str, title: str, rules: list[RuleResult], clauses: tuple[int, int, int, int]
) -> FrameworkResult:
    failing = {rule.severity for rule in rules if rule.fail}
    return FrameworkResult(
        id=name,
        title=title,
        level=None,
        level_low=None,
        level_high=None,
        score=_mean([(rule.weight, rule.score) for rule in rules]),
        score_after_waivers=_mean([(rule.weight, rule.score_after_waivers) for rule in rules]),
        score_worst_case=_mean([(rule.weight, rule.score_worst_case) for rule in rules]),
        coverage=_mean([(rule.weight, rule.coverage) for rule in rules if rule.applicable]) or 0.0,
        worst_failing=next((severity for severity in SEVERITIES if severity in failing), None),
        capped_by=_caps(rules),
        rules=tuple(rule.id for rule in rules),
        clauses=clauses[0],
        clauses_by_rules=clauses[1],
        clauses_attested=clauses[2],
        clauses_out_of_scope=clauses[3],
    )


def _mean(parts: list[tuple[float, float | None]]) -> float | None:
    known = [(Fraction(weight), Fraction(value)) for weight, value in parts if value is not None]
    total = sum((weight for weight, _ in known), Fraction(0))
    if not total:
        return None
    return float(sum((weight * value for weight, value in known), Fraction(0)) / total)


def _caps(rules: list[RuleResult]) -> tuple[str, ...]:
    costly = [
        (rule.weight * (100.0 - rule.score), rule.id)
        for rule in rules
        if rule.score is not None and rule.score < 100.0 and rule.weight > 0
    ]
    return tuple(name for _, name in sorted(costly, key=lambda item: (-item[0], item[1])))[
        :MOST_CAPS
    ]
