"""A kept plan and the blast radius as the content of a report."""

from collections.abc import Mapping

from freehold.planning.reasons import where
from freehold.reports import content_plan as parts
from freehold.scenarios import Run
from freehold.scenarios.blast import rank
from freehold.workflows import kept_plans
from freehold.workflows.results_plan import KeptPlan, ParetoRow
from freehold.workflows.results_uncertainty import BandOf, Uncertainty


def plan_of(run: Run) -> tuple[parts.Plan | None, bool]:
    """Return the kept plan of what was run, and whether one was left out since it is of before.

    Nothing is ever planned for a report: that takes its time, and is the user's own act.
    """
    if not kept_plans.are_kept(run.workspace):
        return None, False
    found = kept_plans.current(run.workspace, run.name)
    if found is not None:
        return plan_content(found), False
    return None, bool(kept_plans.kept(run.workspace, run.name))


def blast_of(run: Run) -> tuple[parts.BlastNode, ...]:
    """Return the nodes of what was run that take functions with them, the gravest first."""
    ranking = rank(run.connection, run.schemas)
    return tuple(
        parts.BlastNode(
            dimension=row.dimension,
            member=row.member,
            critical_functions_lost=row.critical_functions_lost,
            functions_lost=row.functions_lost,
            functions_on_failover=row.functions_on_failover,
            share=row.share,
        )
        for row in ranking
        if row.functions_lost or row.functions_on_failover
    )


def plan_content(kept: KeptPlan) -> parts.Plan:
    """Return a kept plan as a report holds it."""
    made = kept.result
    return parts.Plan(
        status=made.status,
        as_of=made.as_of,
        minimise=made.minimise,
        months=made.months,
        discount_rate=made.discount_rate,
        gap=made.gap,
        cost_usd=made.cost_usd,
        carbon_kg=made.carbon_kg,
        cost_parts=made.cost_parts,
        seal=made.seal,
        seal_proven=made.seal_proven,
        seal_best_case=made.seal_best_case,
        rows=tuple(
            parts.PlannedRow(
                workload=row.workload,
                from_month=row.from_month,
                to_month=row.to_month,
                provider=row.provider,
                place=row.region or row.country,
                sku=row.instance_type,
                accelerator=row.accelerator,
                term=row.term,
                share=row.share,
                machines=row.machines,
                cost_usd=row.cost_usd,
                verified=row.price_verified,
                seal=row.seal,
            )
            for row in made.placements
        ),
        requirements=tuple(
            parts.Requirement(
                constraint=one.constraint,
                says=one.says,
                price_usd=one.price,
                share=one.share,
                at_most_usd=one.estimate or None,
            )
            for one in made.binding
        ),
        runner_up=_runner_up(made.runner_up),
        moves=tuple(
            parts.Move(
                order=move.order,
                workload=move.workload
                if move.kind == "workload"
                else f"{move.workload} ({move.kind})",
                moves_from=move.moves_from,
                moves_to=move.moves_to,
                month=move.month,
                cost_usd=move.cost_usd,
                egress_gb=move.egress_gb,
                contract=move.contract,
                notice_months=move.notice_months,
                contract_ends=move.contract_ends,
            )
            for move in made.migration
        ),
        steps=_steps(made.pareto),
        conflict=tuple(made.conflict),
        kept_rules=tuple(made.obeyed),
        lifted_rules=tuple(kept.options.lifted),
        broken_rules=tuple(sorted(made.broken or {})),
        not_planned=made.not_planned,
        notes=tuple(made.notes),
        draws=_draws(kept.uncertainty) if kept.uncertainty is not None else None,
    )


def _steps(rows: list[ParetoRow]) -> tuple[parts.PriceStep, ...]:
    found = []
    before: ParetoRow | None = None
    for row in rows:
        more: float | None = None
        moved: tuple[parts.Moved, ...] = ()
        if row.cost_usd is not None and before is not None and before.cost_usd is not None:
            more = row.cost_usd - before.cost_usd
            old, new = where(before.placements), where(row.placements)
            moved = tuple(
                parts.Moved(workload=name, before=old.get(name, "–"), after=place)
                for name, place in new.items()
                if old.get(name) != place
            )
        found.append(
            parts.PriceStep(
                seal=row.seal,
                seal_proven=row.seal_proven,
                seal_best_case=row.seal_best_case,
                score=row.score,
                cost_usd=row.cost_usd,
                more_usd=more,
                rests_on_assumed=row.rests_on_assumed,
                moved=moved,
                capped_by=tuple(row.capped_by),
                conflict=tuple(row.conflict),
            )
        )
        before = row
    return tuple(found)


def _runner_up(other: Mapping[str, object] | None) -> str:
    if other is None:
        return ""
    more, changes = other.get("more_usd"), other.get("changes")
    if not isinstance(more, int | float):
        return f"Without {other.get('without')} there is no plan."
    told = "; ".join(str(one) for one in changes[:3]) if isinstance(changes, list) else ""
    return f"Runner-up, without {other.get('without')}: {max(more, 0.0):,.0f} USD more. {told}"


def _draws(found: Uncertainty) -> parts.Draws:
    return parts.Draws(
        simulated=found.simulated,
        draws=found.draws,
        seed=found.seed,
        planned_usd=found.planned_cost_usd,
        cost_usd=_band(found.cost_usd),
        unserved_share=_band(found.unserved_share),
        power_kw=_band(found.power_kw),
        budget_usd=found.budget_usd,
        over_budget=found.over_budget_probability,
        slo_broken=found.slo_broken_probability,
        power_limit_kw=found.power_limit_kw,
        over_power=found.over_power_probability,
        monthly_usd=tuple(_band(month.cost_usd) for month in found.by_month),
        swings=tuple(
            parts.Swing(
                what=" ".join(part for part in (one.what.replace("_", " "), one.which) if part),
                p10_usd=one.cost_p10_usd,
                p90_usd=one.cost_p90_usd,
            )
            for one in found.tornado
        ),
        notes=tuple(found.notes),
    )


def _band(band: BandOf) -> parts.Band:
    return parts.Band(p10=band.p10, p50=band.p50, p90=band.p90)
