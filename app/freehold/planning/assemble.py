"""From an estate and options to a planning problem, with what was left out and why."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from freehold.compliance import Pack
from freehold.costing.facts import house_defaults
from freehold.errors import InputError
from freehold.estate.sql import qualified
from freehold.planning import attributes as attr
from freehold.planning.candidates import Candidates, candidates
from freehold.planning.case import Case, allowed, below
from freehold.planning.data_gravity import data_sets, today_of
from freehold.planning.demand import Calendar, calendar, multiples
from freehold.planning.latency import too_far
from freehold.planning.offers import barred
from freehold.planning.offers import offers as all_offers
from freehold.planning.options import PlanOptions
from freehold.planning.places import Places, judged_places
from freehold.planning.problem import (
    COMMITTED,
    METERED,
    Bools,
    Problem,
)
from freehold.planning.usual_limits import machine_kw, too_big, usual_limits, whole_machines

_TERM_MONTHS = {"reserved_1y": 12, "reserved_3y": 36, "owned": 36, "colocated": 36}


def assemble(
    connection: duckdb.DuckDBPyConnection,
    packs: Sequence[Pack],
    options: PlanOptions,
    *,
    as_of: date,
    estate: str,
    catalogue: str,
    views: str,
    weights: str,
    check: Callable[[], None] = lambda: None,
) -> Case:
    """Return the planning case of an estate whose views are published.

    `check` is called between the steps and may raise to stop.

    Raises:
        InputError: no workload can be planned.
    """
    defaults = house_defaults(connection, catalogue)
    workloads: pd.DataFrame = connection.execute(
        f"FROM {qualified(estate, 'workloads')} ORDER BY workload_id"
    ).df()
    offers = all_offers(
        connection, catalogue, estate, as_of=as_of, options=options, defaults=defaults
    )
    offers = offers[~barred(offers, options.barred)].reset_index(drop=True)
    check()
    when = calendar(workloads, options, defaults["hours_per_month"])
    found = candidates(
        workloads,
        offers,
        multiples(workloads, when, options),
        when,
        connection=connection,
        catalogue=catalogue,
        options=options,
        defaults=defaults,
    )
    chosen = np.unique(found.work)
    if not len(chosen):
        told = "; ".join(f"{name}: {why}" for name, why in found.left_out.items())
        raise InputError(
            "There is no workload that can be planned", mend=told or "Add workloads to the estate"
        )
    check()
    workloads = workloads.iloc[chosen].reset_index(drop=True)
    found = replace(found, work=np.searchsorted(chosen, found.work), whole=found.whole[chosen])
    places = judged_places(
        connection,
        workloads,
        found.offers,
        found.work,
        offer=found.offer,
        packs=packs,
        as_of=as_of,
        estate=estate,
        catalogue=catalogue,
        weights=weights,
        check=check,
    )
    check()
    attributes = attr.described(found.offers, connection, catalogue)
    planned = [str(name) for name in workloads["workload_id"]]
    shares, unmodelled = attr.rule_limits(
        connection, views, list(packs), as_of, attributes=attributes, planned=planned
    )
    whole = _problem(
        connection,
        workloads,
        found,
        places,
        when=when,
        options=options,
        estate=estate,
        catalogue=catalogue,
    )
    limits = [
        *attr.own_limits(
            connection,
            estate,
            found.offers,
            attributes,
            machine_kw(found.offers, connection, catalogue, defaults),
            ceilings=options.ceilings,
        ),
        *(limit for limit in shares if limit.rule_id not in options.lifted),
        *usual_limits(found, workloads, options),
    ]
    whole = replace(
        whole,
        limits=tuple(whole_machines(whole, limit) for limit in limits),
        promises=tuple(
            attr.promises(
                connection, views, found.offers, planned, as_of=as_of, months=options.months
            )
        ),
    )
    masks: dict[str, Bools] = {
        rule: mask for rule, mask in places.fails.items() if rule not in options.lifted
    }
    if options.unknown == "exclude":
        for rule, mask in places.unknown.items():
            if rule in options.lifted:
                continue
            masks[rule] = masks[rule] | mask if rule in masks else mask
    nowhere = (found.offers["region_id"].isna() & found.offers["country_iso2"].isna()).to_numpy(
        dtype=np.bool_
    )[found.offer]
    asked = np.zeros(len(found.work), dtype=np.bool_)
    for rule, mask in places.unknown.items():
        if rule.startswith("RES-"):
            asked |= mask
    masks["no region told where residency is asked"] = nowhere & asked
    masks["latency to users"] = too_far(
        connection,
        catalogue,
        workloads=workloads,
        places=places,
        found=found,
        options=options,
    )
    masks["size of the quota"] = too_big(whole)
    if options.min_seal:
        masks[f"SEAL {options.min_seal}"] = below(places, options.min_seal)
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    aside = _left_aside(masks, places, found, whole)
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    kept = allowed(masks, len(whole.pair_offer))
    return Case(
        options=options,
        problem=whole.kept(kept),
        whole=whole,
        masks=masks,
        candidates=found,
        places=places,
        attributes=attributes,
        workloads=workloads,
        when=when,
        unmodelled=unmodelled,
        left_aside=aside,
        notes=[
            *_notes(options, when),
            *([f"Asked not to keep: {', '.join(options.lifted)}."] if options.lifted else []),
            *(
                f"No offer keeps {rule} ({places.titles[rule]}) for {', '.join(names)}: it is of "
                "lesser severity and left aside there, so the plan does not claim it."
                for rule, names in aside.items()
            ),
        ],
        pairs=np.flatnonzero(kept),
        estate=estate,
    )


def _left_aside(
    masks: dict[str, Bools], places: Places, found: Candidates, whole: Problem
) -> dict[str, list[str]]:
    """Lift rules of lesser severity for workloads that no offer could serve under them.

    The masks are changed; rules of critical or high severity are never lifted.
    """
    lesser = [name for name in masks if places.severities.get(name) in ("medium", "low")]
    aside: dict[str, list[str]] = {}
    for row, workload in enumerate(whole.workloads):
        mine = found.work == row
        if allowed(masks, len(mine))[mine].any():
            continue
        firm = {name: mask for name, mask in masks.items() if name not in lesser}
        open_pairs = mine & allowed(firm, len(mine))
        if not open_pairs.any():
            continue
        # The lesser rule that bars fewest of what is left is kept longest.
        kept = open_pairs
        for name in sorted(lesser, key=lambda one: (int((masks[one] & open_pairs).sum()), one)):
            if (kept & ~masks[name]).any():
                kept = kept & ~masks[name]
            elif (masks[name] & mine).any():
                masks[name] = masks[name] & ~mine
                aside.setdefault(name, []).append(workload)
    return aside


def _notes(options: PlanOptions, when: Calendar) -> list[str]:
    return [
        f"Horizon {options.months} months in USD, money discounted at "
        f"{options.discount_rate:.1%} a year; places may change every "
        f"{options.stage_months} months.",
        "Throughput, demand and own hardware are estimates; list prices exclude tax, support and "
        "negotiated discounts.",
        *(["Hours of the week are planned in three classes."] if len(when.classes) > 1 else []),
    ]


def _problem(
    connection: duckdb.DuckDBPyConnection,
    workloads: pd.DataFrame,
    found: Candidates,
    places: Places,
    *,
    when: Calendar,
    options: PlanOptions,
    estate: str,
    catalogue: str,
) -> Problem:
    offers = found.offers
    kind = offers["kind"].to_numpy(dtype=np.int64)
    hourly = offers["usd_per_hour"].to_numpy(dtype=np.float64)
    bought = np.where(kind == METERED, 0.0, hourly)[:, None] * when.hours
    emitted = np.where(kind == METERED, 0.0, offers["kg_per_hour"].to_numpy(dtype=np.float64))
    place_of_offer = np.zeros(len(offers), dtype=np.int64)
    place_of_offer[found.offer] = places.of_pair
    today = today_of(workloads, places)
    usd_weight = 0.0 if options.minimise == "carbon" else 1.0
    per_kg = {"cost": 0.0, "carbon": 1.0, "both": options["carbon_usd_per_kg"]}[options.minimise]
    runs = workloads["provider_id"].notna().to_numpy(dtype=np.bool_)
    spare = (
        workloads["survives_region_loss"].fillna(False).to_numpy(dtype=np.bool_)
        if "survives_region_loss" in workloads
        else np.zeros(len(workloads), dtype=np.bool_)
    )
    committed = kind == COMMITTED
    rented = offers["term"].str.startswith("reserved").to_numpy(dtype=np.bool_)
    return Problem(
        workloads=tuple(str(name) for name in workloads["workload_id"]),
        offers=tuple(str(name) for name in offers["offer"]),
        kind=kind,
        place=place_of_offer,
        region=place_of_offer,
        price=bought,
        carbon=emitted[:, None] * when.hours,
        term_months=np.where(
            committed, offers["term"].map(_TERM_MONTHS).fillna(1).to_numpy(), 1
        ).astype(np.int64),
        # Own hardware goes on being used, or is sold at book value: nothing is lost at the end.
        exit_share=np.where(rented, options["exit_share"], 0.0),
        opens=offers["opens"].to_numpy(dtype=np.int64),
        pair_workload=found.work,
        pair_offer=found.offer,
        machines=found.machines,
        direct_usd=found.use_usd,
        direct_kg=found.use_kg,
        month=when.month,
        stage=when.stage,
        discount=when.discount,
        whole=found.whole,
        spare=spare,
        move_usd=np.where(runs, options["migration_usd"], 0.0),
        today=today,
        usd_weight=usd_weight if options.minimise != "carbon" else 1e-6,
        usd_per_kg=per_kg,
        data=data_sets(
            connection,
            estate,
            catalogue,
            workloads=workloads,
            places=places,
            options=options,
        ),
    )
