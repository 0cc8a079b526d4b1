"""One run: an estate or a scenario published, judged, sized, priced and measured."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import duckdb
import pandas as pd

from freehold.capacity import size_workloads
from freehold.compliance import Judgement, Pack, Place, csf, judge, judge_together, packs, waivers
from freehold.costing import cost_workloads
from freehold.errors import InputError
from freehold.estate import Workspace, dictionary
from freehold.scenarios import measures as m
from freehold.scenarios.blast import function_losses
from freehold.scenarios.moves import repriced
from freehold.scenarios.schemas import BASE, Schemas, schemas_of


@dataclass(frozen=True)
class JudgedEstate:
    """The verdicts of the base or one scenario at one date, and what they were made from.

    Attributes:
        name: 'base' or the scenario's name.
        weights: weight set of the EU CSF.
        schemas: where its estate, catalogue and views lie on `workspace.connection`.
        store: schema of its verdicts (`verdicts` view; see compliance.judge).
        judgement: verdict counts, rule, pack and framework results.
        seconds: how long judging took.
    """

    workspace: Workspace
    name: str
    as_of: date
    weights: str
    schemas: Schemas
    store: str
    packs: tuple[Pack, ...]
    judgement: Judgement
    seconds: float

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The workspace's connection."""
        return self.workspace.connection


@dataclass(frozen=True)
class ScoredEstate(JudgedEstate):
    """The verdicts and the level of the base or one scenario at one date.

    Attributes:
        level: the EU Cloud Sovereignty Framework over the services in scope.
    """

    level: csf.EstateLevel


@dataclass(frozen=True)
class Run(ScoredEstate):
    """Everything known about the base or one scenario at one date.

    Attributes:
        workloads: one row per workload: size, latency, cost_per_month (USD), energy, carbon, each
            with its range, basis and reasons.
        cost: what the estate costs per month.
        measures: the figures by which scenarios are compared.
    """

    workloads: pd.DataFrame
    cost: m.Cost
    measures: m.Measures


def scenario_names(workspace: Workspace) -> list[str]:
    """Return the scenarios of a document by name, in the order they were made."""
    rows = workspace.connection.execute(
        "SELECT name FROM estate.scenarios ORDER BY created_at NULLS LAST, scenario_id"
    ).fetchall()
    return [str(name) for (name,) in rows]


def judge_estate(
    workspace: Workspace,
    scenario: str = BASE,
    *,
    as_of: date | None = None,
    pack_ids: Sequence[str] | None = None,
    weights: str | None = None,
    base: JudgedEstate | None = None,
    built: Schemas | None = None,
    every_view: bool = False,
) -> JudgedEstate:
    """Publish and judge the base or a scenario, and measure nothing; see `run`.

    Of the base only those views are published that the rules read, unless `every_view` is asked.

    Raises:
        InputError: there is no such scenario, pack or weight set.
    """
    if built is None:
        _known(workspace, scenario)
    chosen = tuple(packs.choose(pack_ids if pack_ids is not None else workspace.packs))
    rules = [rule for pack in chosen for rule in pack.rules]
    read = {name for rule in rules for name in (rule.subject, rule.per) if name}
    views = None if every_view else read & dictionary.views().keys()
    schemas = built or schemas_of(workspace, scenario, as_of, only=views)
    # Verdicts of other packs lie apart, so that runs at hand keep their own.
    store = schemas.results if pack_ids is None else f"{schemas.results}_{'_'.join(pack_ids)}"
    started = time.perf_counter()
    judgement = judge(
        workspace.connection,
        chosen,
        schemas.as_of,
        views=schemas.views,
        waivers=waivers.read(workspace.connection, schemas.estate),
        store=store,
        base=base.judgement.judged if base is not None and scenario != BASE else None,
    )
    return JudgedEstate(
        workspace=workspace,
        name=scenario,
        as_of=schemas.as_of,
        weights=_weights(workspace, weights),
        schemas=schemas,
        store=store,
        packs=chosen,
        judgement=judgement,
        seconds=time.perf_counter() - started,
    )


def _judged_together(
    workspace: Workspace,
    names: Sequence[str],
    base: Run,
    *,
    as_of: date | None,
    weights: str | None,
) -> list[JudgedEstate]:
    """Publish each scenario and judge them all in one pass; each is told an equal part of it."""
    found = [schemas_of(workspace, name, as_of) for name in names]
    places = [
        Place(
            schemas.as_of,
            schemas.views,
            schemas.results,
            tuple(waivers.read(workspace.connection, schemas.estate)),
        )
        for schemas in found
    ]
    started = time.perf_counter()
    judgements = judge_together(workspace.connection, base.packs, places, base.judgement.judged)
    seconds = (time.perf_counter() - started) / max(len(names), 1)
    return [
        JudgedEstate(
            workspace=workspace,
            name=name,
            as_of=schemas.as_of,
            weights=_weights(workspace, weights),
            schemas=schemas,
            store=schemas.results,
            packs=base.packs,
            judgement=judgement,
            seconds=seconds,
        )
        for name, schemas, judgement in zip(names, found, judgements, strict=True)
    ]


def _weights(workspace: Workspace, weights: str | None) -> str:
    return weights or str(workspace.setting("weights", csf.DEFAULT_WEIGHTS))


def score_estate(
    workspace: Workspace,
    scenario: str = BASE,
    *,
    as_of: date | None = None,
    pack_ids: Sequence[str] | None = None,
    weights: str | None = None,
    base: JudgedEstate | None = None,
    built: Schemas | None = None,
) -> ScoredEstate:
    """Publish and judge the base or a scenario and find its level, and measure nothing; see `run`.

    Raises:
        InputError: there is no such scenario, pack or weight set.
    """
    found = judge_estate(
        workspace,
        scenario,
        as_of=as_of,
        pack_ids=pack_ids,
        weights=weights,
        base=base,
        built=built,
        every_view=True,
    )
    return _scored(found)


def _scored(found: JudgedEstate) -> ScoredEstate:
    """Find the level of an estate that was judged."""
    started = time.perf_counter()
    views, day = found.schemas.views, found.schemas.as_of
    level = csf.estate_level(found.connection, views=views, as_of=day, weights=found.weights)
    seconds = found.seconds + time.perf_counter() - started
    return ScoredEstate(**_known_of(found) | {"seconds": seconds}, level=level)


def run(
    workspace: Workspace,
    scenario: str = BASE,
    *,
    as_of: date | None = None,
    pack_ids: Sequence[str] | None = None,
    weights: str | None = None,
    base: Run | None = None,
    built: Schemas | None = None,
) -> Run:
    """Publish, judge and measure the base or a scenario.

    Args:
        workspace: the open document.
        scenario: 'base' or a scenario's name.
        as_of: another date than the scenario's or the document's own.
        pack_ids: other packs than the document's own.
        weights: weight set of the EU CSF; the document's or the default if left out.
        base: the run of the base, against which moved resources are priced and whose verdicts are
            shared by all subjects that the scenario leaves alone.
        built: schemas already built and published, for changes that the document does not keep;
            `scenario` is then any name.

    Raises:
        InputError: there is no such scenario, pack or weight set.
    """
    found = score_estate(
        workspace,
        scenario,
        as_of=as_of,
        pack_ids=pack_ids,
        weights=weights,
        base=base,
        built=built,
    )
    return _run_of(found, base)


def _run_of(found: ScoredEstate, base: Run | None, *, fresh: bool = False) -> Run:
    """Measure an estate that was judged; a base that is `fresh` lends the sizes they share."""
    workspace, schemas = found.workspace, found.schemas
    workloads = _workloads(workspace, schemas, base if fresh else None)
    cost = m.cost(workspace.connection, schemas.views, workloads)
    notes: list[str] = []
    if base is not None and found.name != BASE:
        cost, notes = repriced(workspace.connection, base.schemas, schemas, cost)
    result = Run(**_known_of(found), workloads=workloads, cost=cost, measures=_EMPTY)
    return replace(result, measures=_measured(result, notes))


def _known_of(found: JudgedEstate) -> dict[str, Any]:
    return {part.name: getattr(found, part.name) for part in fields(found)}


def run_all(
    workspace: Workspace,
    names: Sequence[str],
    *,
    as_of: date | None = None,
    weights: str | None = None,
) -> list[Run]:
    """Run the base and then each scenario named, in that order, all scenarios judged in one pass.

    Raises:
        InputError: there is no such scenario; nothing was run.
    """
    for name in names:
        _known(workspace, name)
    base = run(workspace, as_of=as_of, weights=weights)
    others = [name for name in dict.fromkeys(names) if name != BASE]
    judged = _judged_together(workspace, others, base, as_of=as_of, weights=weights)
    return [base, *(_run_of(_scored(found), base, fresh=True) for found in judged)]


def _known(workspace: Workspace, name: str) -> None:
    names = scenario_names(workspace)
    if name != BASE and name not in names:
        there = ", ".join(names) or "none yet"
        raise InputError(f"There is no scenario '{name}'", mend=f"Scenarios are: {there}")


def _workloads(workspace: Workspace, schemas: Schemas, base: Run | None) -> pd.DataFrame:
    rows = _asked(workspace, schemas)
    if (
        base is not None
        and (schemas.catalogue, schemas.as_of) == (base.schemas.catalogue, base.schemas.as_of)
        and rows.equals(_asked(workspace, base.schemas))
    ):
        return base.workloads.copy()
    sized = size_workloads(rows, workspace.connection, catalogue=schemas.catalogue)
    priced = cost_workloads(
        sized, workspace.connection, as_of=schemas.as_of, catalogue=schemas.catalogue
    )
    extra = [name for name in priced.columns if name not in sized.columns]
    return pd.concat([rows[["name"]], sized, priced[extra]], axis=1)


def _asked(workspace: Workspace, schemas: Schemas) -> pd.DataFrame:
    return workspace.connection.execute(
        f'SELECT * FROM "{schemas.estate}".workloads ORDER BY workload_id'
    ).df()


def _measured(run: Run, notes: list[str]) -> m.Measures:
    connection, views = run.connection, run.schemas.views
    score, coverage = m.overall(run.judgement.rules)
    group, group_share = m.largest_group(connection, views)
    lost = [loss for loss in function_losses(connection, run.schemas) if loss.state == "lost"]
    if run.cost.unpriced_resources:
        notes = [*notes, f"{run.cost.unpriced_resources} resources tell no cost in USD."]
    if run.cost.unpriced_workloads:
        notes = [*notes, f"{run.cost.unpriced_workloads} workloads have no price."]
    return m.Measures(
        name=run.name,
        as_of=run.as_of,
        seal=run.level.seal,
        seal_low=run.level.seal_low,
        seal_high=run.level.seal_high,
        score=score,
        coverage=coverage,
        cost_usd=run.cost.total,
        carbon_kg=m.carbon_kg(run.workloads),
        unserved_share=m.unserved_share(connection, run.schemas, run.workloads),
        critical_functions_lost=sum(bool(loss.critical) for loss in lost),
        fails=run.judgement.verdicts["fail"],
        unknowns=run.judgement.verdicts["unknown"],
        largest_group=group,
        largest_group_share=group_share,
        outside_eea_share=m.share_where(connection, views, "NOT is_eea"),
        exposed_share=m.share_where(connection, views, "exposed"),
        notes=[*notes, *([m.OF_WORKLOADS] if len(run.workloads) else [])],
    )


_EMPTY = m.Measures(
    "", date.min, None, None, None, None, 0.0, None, None, None, 0, 0, 0, None, None, None, None
)
