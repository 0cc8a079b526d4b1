"""The level of an estate: SEAL and score per service over its delivery chain, and their minimum."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from freehold.compliance import packs as pack_files
from freehold.compliance.compiled import Compiled
from freehold.compliance.csf import facts
from freehold.compliance.csf.framework import DEFAULT_WEIGHTS, Framework, load
from freehold.compliance.csf.scoring import CsfResult, evaluate_parties
from freehold.compliance.packs import Pack
from freehold.compliance.rule import FrameworkMap, Rule
from freehold.compliance.scores import FrameworkResult

MAP_ID = "EU-CSF"
"""Id of the framework map that says which criteria every party answers."""

MOST_CAPS = 5


@dataclass(frozen=True)
class CriterionState:
    """How one criterion stands for one party of a service.

    `options` are those still possible, `assumed_options` those if assumed answers are believed.
    `basis` is derived (by `rule_id`), the basis of the answer taken, assumed or undecided;
    `disagreement` says where an answer contradicts the derived option.
    """

    criterion: str
    party: str | None
    rank: int | None
    options: frozenset[int]
    assumed_options: frozenset[int]
    basis: str
    rule_id: str | None = None
    reason: str | None = None
    source: str | None = None
    disagreement: str | None = None

    @property
    def option(self) -> int | None:
        """The option taken, or None if undecided."""
        return next(iter(self.options)) if len(self.options) == 1 else None


@dataclass(frozen=True)
class ServiceLevel:
    """SEAL and score of one service; `assumed` is the result if assumed answers are believed."""

    service: str
    name: str | None
    provider: str | None
    profile: str | None
    required_seal: int | None
    result: CsfResult
    assumed: CsfResult
    criteria: tuple[CriterionState, ...]

    @property
    def below_required(self) -> bool | None:
        """Whether the SEAL asked is missed; None while undecided or nothing is asked."""
        if self.required_seal is None:
            return None
        if self.result.seal_high < self.required_seal:
            return True
        return False if self.result.seal_low >= self.required_seal else None

    @property
    def capping(self) -> tuple[CriterionState, ...]:
        """The states of the criteria that hold the SEAL down."""
        return tuple(c for c in self.criteria if c.criterion in self.result.capped_by)


@dataclass(frozen=True)
class EstateLevel:
    """The estate's SEAL is the lowest of its services, and so is its score.

    Everything is None where no service is in scope. `seal_assumed` believes assumed answers.
    `mean_score_low` and `mean_score_high` are the plain means over the services.
    """

    weights: str
    services: tuple[ServiceLevel, ...]
    seal: int | None
    seal_low: int | None
    seal_high: int | None
    seal_assumed: int | None
    score: Decimal | None
    score_low: Decimal | None
    score_high: Decimal | None
    score_assumed_low: Decimal | None
    score_assumed_high: Decimal | None
    mean_score_low: Decimal | None
    mean_score_high: Decimal | None
    coverage: float
    capped_by: tuple[str, ...]
    problems: tuple[str, ...] = ()

    def as_framework(self, title: str = "EU Cloud Sovereignty Framework") -> FrameworkResult:
        """Return the level as one row beside the other frameworks."""
        return FrameworkResult(
            id=MAP_ID,
            title=title,
            level=self.seal,
            level_low=self.seal_low,
            level_high=self.seal_high,
            score=None if self.score is None else float(self.score),
            score_after_waivers=None if self.score is None else float(self.score),
            score_worst_case=None if self.score_low is None else float(self.score_low),
            coverage=self.coverage,
            worst_failing=None,
            capped_by=self.capped_by,
            rules=(),
        )


def estate_level(
    connection: duckdb.DuckDBPyConnection,
    *,
    as_of: date,
    views: str = "views",
    catalogue: str = "catalogue",
    weights: str | Mapping[str, Decimal] = DEFAULT_WEIGHTS,
    packs: Iterable[Pack | Rule] | None = None,
) -> EstateLevel:
    """Return SEAL and score of every service in scope and of the estate.

    Per criterion and party: a derived option beats an answer given, which beats the starting
    answer of the offer; an assumed answer proves nothing.

    Args:
        connection: the workspace's connection.
        as_of: the day at which graded rules are taken.
        views: schema of the published views.
        catalogue: schema of the catalogue.
        weights: a named weight set, or weights by objective.
        packs: where the graded rules come from; the shipped packs if None.

    Raises:
        InputError: there is no such weight set.
        RuleError: a graded rule is wrong.
    """
    frame = load(connection, catalogue)
    rules = facts.graded_rules(pack_files.shipped() if packs is None else packs, as_of)
    rules = [rule for rule in rules if rule.rule.answers in frame.criteria]
    judge = _Judge(connection, frame, views, catalogue, rules)
    levels = tuple(judge.level(service, weights) for service in facts.services(connection, views))
    return _estate(levels, frame.weights(weights)[0], tuple(judge.problems))


class _Judge:
    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        frame: Framework,
        views: str,
        catalogue: str,
        rules: list[Compiled],
    ) -> None:
        self._frame = frame
        self._chain = facts.parties(connection, views)
        self._profiles = facts.Profiles(connection, catalogue)
        self._derived = facts.derived(connection, views, rules)
        self._attested, self.problems = facts.attested(connection, views, frame)
        self._every_party = every_party_criteria()

    def level(self, service: facts.Service, weights: str | Mapping[str, Decimal]) -> ServiceLevel:
        chain = self._chain.get(service.service) or []
        own = [party for party in chain if party.rank == 1]
        if not own:
            own = [facts.Party("", service.service, service.name, service.provider, 1)]
        others = [party for party in chain if party.rank != 1]
        profile, _ = self._profiles.find(service.provider, service.offer)
        states: list[CriterionState] = []
        for criterion in self._frame.criteria:
            asked = [*own, *others] if criterion in self._every_party else own
            states += [self._state(service, party, criterion) for party in asked]
        return ServiceLevel(
            service.service,
            service.name,
            service.provider,
            profile,
            service.required_seal,
            evaluate_parties(_sets(states, "options"), weights, self._frame),
            evaluate_parties(_sets(states, "assumed_options"), weights, self._frame),
            tuple(states),
        )

    def _state(self, service: facts.Service, party: facts.Party, criterion: str) -> CriterionState:
        whole = self._frame.criteria[criterion].numbers
        answer = self._answer(service, party, criterion)
        derived = self._derived.get((party.link, criterion))
        if derived is not None:
            derived = facts.Derived(
                derived.rule_id, derived.options & whole, derived.holds, derived.known & whole
            )
        proven, note = settle(derived, answer if answer and answer.proven else None, whole)
        assumed, _ = settle(derived, answer, whole)
        holds = derived is not None and derived.holds and len(derived.options) == 1
        if holds and derived is not None:
            basis = "derived"
        elif answer is not None and proven == {answer.option} and answer.proven:
            basis = answer.basis
        elif answer is not None and assumed == {answer.option}:
            basis = "assumed"
        else:
            basis = "undecided"
        return CriterionState(
            criterion,
            party.party,
            party.rank,
            proven,
            assumed,
            basis,
            derived.rule_id if holds and derived else None,
            answer.reason if answer and not holds else None,
            answer.source if answer and not holds else None,
            note,
        )

    def _answer(
        self, service: facts.Service, party: facts.Party, criterion: str
    ) -> facts.Answer | None:
        direct = party.rank == 1
        given = self._attested.get((service.service, party.provider, criterion))
        if given is None and direct:
            given = self._attested.get((service.service, None, criterion))
        _, starting = self._profiles.find(party.provider, service.offer if direct else None)
        start = starting.get(criterion)
        # An assumption never hides a proven starting answer.
        if given is not None and (given.proven or start is None or not start.proven):
            return given
        return start or given


def settle(
    derived: facts.Derived | None, answer: facts.Answer | None, whole: frozenset[int]
) -> tuple[frozenset[int], str | None]:
    """Return the options that facts and answer leave possible, and a note if they disagree.

    A derived option stands. Where the facts do not decide, an answer that they do not contradict
    decides; one that they contradict leaves both open.
    """
    open_options = frozenset({answer.option}) if answer else whole
    if derived is None:
        return open_options, None
    if derived.holds:
        if answer is None or answer.option in derived.options:
            agreed = answer is not None and len(derived.options) > 1
            return (open_options if agreed else derived.options), None
        said = " or ".join(str(number) for number in sorted(derived.options))
        return derived.options, f"the answer says option {answer.option}, the estate option {said}"
    if answer is None:
        return whole, None
    if answer.option in derived.known - derived.options:
        note = f"the answer says option {answer.option}, which the estate's facts contradict"
        return derived.options | open_options, note
    return open_options, None


def every_party_criteria(maps: Iterable[FrameworkMap] | None = None) -> frozenset[str]:
    """Return the criteria that every party of the delivery chain answers."""
    charts = pack_files.shipped_frameworks() if maps is None else maps
    return frozenset(
        clause.id
        for chart in charts
        if chart.id == MAP_ID
        for clause in chart.clauses
        if clause.asked_of == "every_party"
    )


def _sets(states: list[CriterionState], which: str) -> dict[str, list[frozenset[int]]]:
    found: dict[str, list[frozenset[int]]] = {}
    for state in states:
        found.setdefault(state.criterion, []).append(getattr(state, which))
    return found


def _estate(
    levels: tuple[ServiceLevel, ...], weights: str, problems: tuple[str, ...]
) -> EstateLevel:
    if not levels:
        nothing = (None,) * 11
        return EstateLevel(weights, (), *nothing, 0.0, (), problems)
    results = [level.result for level in levels]
    assumed = [level.assumed for level in levels]
    seal_low = min(result.seal_low for result in results)
    seal_high = min(result.seal_high for result in results)
    score_low = min(result.score_low for result in results)
    score_high = min(result.score_high for result in results)
    caps = Counter(
        criterion
        for result in results
        if result.seal_high == seal_high
        for criterion in result.capped_by
    )
    ranked = sorted(caps.items(), key=lambda item: (-item[1], item[0]))
    assumed_low = min(result.seal_low for result in assumed)
    assumed_high = min(result.seal_high for result in assumed)
    return EstateLevel(
        weights=weights,
        services=levels,
        seal=seal_low if seal_low == seal_high else None,
        seal_low=seal_low,
        seal_high=seal_high,
        seal_assumed=assumed_low if assumed_low == assumed_high else None,
        score=score_low if score_low == score_high else None,
        score_low=score_low,
        score_high=score_high,
        score_assumed_low=min(result.score_low for result in assumed),
        score_assumed_high=min(result.score_high for result in assumed),
        mean_score_low=_mean([r.score_low for r in results]),
        mean_score_high=_mean([r.score_high for r in results]),
        coverage=sum(r.coverage for r in results) / len(results),
        capped_by=tuple(name for name, _ in ranked[:MOST_CAPS]),
        problems=problems,
    )


def _mean(scores: list[Decimal]) -> Decimal:
    return (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.01"))
