"""One call from packs and views to verdicts, waivers, scores and framework results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from freehold.compliance import packs as pack_files
from freehold.compliance import scores, waivers
from freehold.compliance.engine import (
    Judged,
    NotEvaluated,
    judge_rules,
    judge_rules_together,
)
from freehold.compliance.packs import Pack
from freehold.compliance.rule import FrameworkMap, Rule
from freehold.compliance.scores import FrameworkResult, RuleResult
from freehold.compliance.waivers import Waiver, WaiverState


@dataclass(frozen=True)
class Judgement:
    """Everything that judging found; the verdicts themselves lie in `judged.store`."""

    judged: Judged
    rules: tuple[RuleResult, ...]
    frameworks: tuple[FrameworkResult, ...]
    packs: tuple[FrameworkResult, ...]
    verdicts: dict[str, int]
    waivers: tuple[WaiverState, ...]

    @property
    def not_evaluated(self) -> tuple[NotEvaluated, ...]:
        """Rules that are not in force at the as-of date."""
        return self.judged.not_evaluated

    def rule(self, rule_id: str) -> RuleResult:
        """Return the result of that rule; raises KeyError if it was not evaluated."""
        for result in self.rules:
            if result.id == rule_id:
                return result
        raise KeyError(rule_id)


def judge(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Pack | Rule],
    as_of: date,
    *,
    views: str = "views",
    waivers: Sequence[Waiver] | None = None,
    store: str = "results",
    frameworks: Sequence[FrameworkMap] | None = None,
    base: Judged | None = None,
) -> Judgement:
    """Judge the row rules of packs (or bare rules) over the published views.

    The verdicts go to the view `verdicts` of the schema `store`, which is replaced; see
    `store.create_verdicts` for its columns. Graded rules are for `csf.estate_level`.

    Args:
        connection: the workspace's connection.
        rules: packs, or rules without a pack.
        as_of: the day that `$as_of` stands for; rules not in force on it are left out and listed.
        views: schema of the published views.
        waivers: the waivers to apply; none if None.
        store: schema for the verdicts.
        frameworks: framework maps to score; those shipped if None.
        base: what was judged over the views that these were published `like`; verdicts of subjects
            that the difference leaves alone are shared with it.

    Raises:
        RuleError: a rule is wrong, stands twice, or reads what is not published.
    """
    chosen = list(rules)
    judged = judge_rules(connection, chosen, as_of, views=views, store=store, base=base)
    return rescore(connection, judged, chosen, waivers or (), frameworks)


@dataclass(frozen=True)
class Place:
    """Where one of several judgings reads and writes; the fields are arguments of `judge`."""

    as_of: date
    views: str
    store: str
    waivers: tuple[Waiver, ...] = ()


def judge_together(
    connection: duckdb.DuckDBPyConnection,
    rules: Iterable[Pack | Rule],
    places: Sequence[Place],
    base: Judged,
    *,
    frameworks: Sequence[FrameworkMap] | None = None,
) -> list[Judgement]:
    """Judge several scenarios of one base in one pass, as `judge` with `base` judges each.

    Raises:
        RuleError: a rule is wrong, stands twice, or reads what is not published.
    """
    chosen = list(rules)
    where = [(place.as_of, place.views, place.store) for place in places]
    made = judge_rules_together(connection, chosen, where, base)
    return [
        rescore(connection, judged, chosen, place.waivers, frameworks)
        for judged, place in zip(made, places, strict=True)
    ]


def rescore(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    rules: Iterable[Pack | Rule],
    waivers_: Sequence[Waiver] = (),
    frameworks: Sequence[FrameworkMap] | None = None,
) -> Judgement:
    """Apply waivers and score verdicts already stored, without judging anything again."""
    packs = [item for item in rules if isinstance(item, Pack)]
    states = waivers.apply(connection, judged, waivers_, pack_files.longest_waivers(packs))
    results = scores.rule_results(connection, judged)
    maps = pack_files.shipped_frameworks() if frameworks is None else frameworks
    return Judgement(
        judged,
        tuple(results),
        tuple(scores.framework_results(results, maps)),
        tuple(scores.pack_results(results, packs)),
        scores.totals(results),
        tuple(states),
    )
