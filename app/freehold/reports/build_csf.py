"""The EU Cloud Sovereignty Framework's part of a report, from the level of the estate."""

import duckdb

from freehold.compliance.csf import load_framework
from freehold.compliance.csf.framework import Framework
from freehold.compliance.csf.levels import CriterionState, EstateLevel, ServiceLevel
from freehold.estate.sql import qualified
from freehold.reports.content import Criterion, Csf, CsfObjective, CsfService


def csf_content(
    connection: duckdb.DuckDBPyConnection, level: EstateLevel, *, catalogue: str = "catalogue"
) -> Csf | None:
    """Return the framework's result with what caps it; None where no service is in scope."""
    if not level.services or level.seal_low is None or level.seal_high is None:
        return None
    frame = load_framework(connection, catalogue)
    titles = dict(
        connection.execute(
            f"SELECT control_id, title FROM {qualified(catalogue, 'frameworks')}"
            " WHERE framework_id = 'EU-CSF' ORDER BY control_id"
        ).fetchall()
    )
    weights = frame.weights(level.weights)[1]
    asked = [s.required_seal for s in level.services if s.required_seal is not None]
    return Csf(
        weights=level.weights,
        weight_sets={
            name: tuple(int(chosen[objective]) for objective in sorted(chosen))
            for name, chosen in frame.weight_sets.items()
        },
        seal=level.seal,
        seal_low=level.seal_low,
        seal_high=level.seal_high,
        required_seal=max(asked, default=None),
        score=None if level.score is None else float(level.score),
        score_low=float(level.score_low or 0),
        score_high=float(level.score_high or 0),
        coverage=level.coverage,
        objectives=tuple(
            _objective(level, objective, titles.get(objective, ""), int(weight), frame)
            for objective, weight in sorted(weights.items())
        ),
        services=tuple(_service(service, frame) for service in level.services),
    )


def _objective(
    level: EstateLevel, objective: str, title: str, weight: int, frame: Framework
) -> CsfObjective:
    """Return an objective over all services: the lowest SEAL and the lowest points count."""
    results = [service.result.objectives[objective] for service in level.services]
    low = min(result.seal_low for result in results)
    high = min(result.seal_high for result in results)
    caps = [
        _criterion(state, frame, service)
        for service in level.services
        for state in service.criteria
        if state.criterion.startswith(f"{objective}.") and min(_seals(state, frame)) <= low < 4
    ]
    caps.sort(key=lambda cap: (cap.seal is None, cap.criterion, cap.service or ""))
    return CsfObjective(
        objective=objective,
        title=title,
        weight_percent=weight,
        seal=low if low == high else None,
        seal_low=low,
        seal_high=high,
        points_low=float(min(result.points_low for result in results)),
        points_high=float(min(result.points_high for result in results)),
        points_maximum=float(results[0].maximum),
        coverage=sum(result.decided / result.criteria for result in results) / len(results),
        capped_by=tuple(caps),
    )


def _service(service: ServiceLevel, frame: Framework) -> CsfService:
    result = service.result
    return CsfService(
        service=service.service,
        name=service.name,
        provider=service.provider,
        required_seal=service.required_seal,
        seal=result.seal,
        seal_low=result.seal_low,
        seal_high=result.seal_high,
        score_low=float(result.score_low),
        score_high=float(result.score_high),
        coverage=result.coverage,
        capped_by=tuple(
            _criterion(state, frame, None)
            for state in service.capping
            if min(_seals(state, frame), default=0) <= result.seal_high
        ),
    )


def _seals(state: CriterionState, frame: Framework) -> set[int]:
    options = frame.criteria[state.criterion].options
    return {option.seal for option in options if option.number in state.options}


def _criterion(state: CriterionState, frame: Framework, service: ServiceLevel | None) -> Criterion:
    criterion = frame.criteria[state.criterion]
    taken = next((o for o in criterion.options if o.number == state.option), None)
    return Criterion(
        criterion=state.criterion,
        title=criterion.title,
        service=None if service is None else service.name or service.service,
        party=state.party,
        seal=None if taken is None else taken.seal,
        answer=None if taken is None else taken.label or None,
        basis=state.basis,
    )
