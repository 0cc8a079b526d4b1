"""From an estate and options to a planning problem, with what was left out and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from freehold.compliance import Pack
from freehold.costing.egress import egress_cost
from freehold.costing.facts import HouseDefaults, house_defaults
from freehold.errors import InputError
from freehold.estate.sql import qualified, quoted
from freehold.planning import attributes as attr
from freehold.planning.candidates import Candidates, candidates
from freehold.planning.demand import Calendar, calendar, multiples
from freehold.planning.offers import offers as all_offers
from freehold.planning.options import PlanOptions
from freehold.planning.places import Places, judged_places
from freehold.planning.problem import (
    COMMITTED,
    MACHINES,
    METERED,
    PERIOD,
    STAGE,
    WORK,
    Bools,
    Floats,
    Limit,
    Problem,
)

_TERM_MONTHS = {"reserved_1y": 12, "reserved_3y": 36, "owned": 36, "colocated": 36}
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Case:
    """A planning problem with all that explains it.

    Attributes:
        problem: over the pairs that every requirement allows.
        whole: over all candidate pairs.
        masks: by name of a requirement (a rule's id, latency, ...), the pairs it excludes, C.
        candidates, places, attributes: the tables behind the arrays.
        workloads: the planned workloads, by row.
        when: the periods.
        unmodelled: rules in force that the plan cannot keep to, with the reason.
        left_aside: rules of medium or low severity without which a workload has no place at all.
        notes: sentences on assumptions made.
        pairs: numbers of the pairs of `problem` among those of `whole`.
        estate: schema of the estate that is planned.
    """

    options: PlanOptions
    problem: Problem
    whole: Problem
    masks: dict[str, Bools]
    candidates: Candidates
    places: Places
    attributes: pd.DataFrame
    workloads: pd.DataFrame
    when: Calendar
    unmodelled: dict[str, str]
    left_aside: dict[str, list[str]]
    notes: list[str]
    pairs: np.ndarray
    estate: str = "estate"

    def restricted(self, *, without: Sequence[str] = (), seal: int | None = None) -> "Case":
        """Return the case with some requirements lifted, or at another SEAL."""
        masks = {name: mask for name, mask in self.masks.items() if name not in without}
        options = self.options
        if seal is not None:
            options = replace(options, min_seal=seal)
            masks = {name: mask for name, mask in masks.items() if not name.startswith("SEAL ")}
            if seal > 0:
                masks[f"SEAL {seal}"] = _below(self.places, seal)
        whole = self.whole
        for name in without:
            whole = whole.without(name)
        kept = _allowed(masks, len(whole.pair_offer))
        return replace(
            self,
            options=options,
            masks=masks,
            whole=whole,
            problem=whole.kept(kept),
            pairs=np.flatnonzero(kept),
        )


def _below(places: Places, seal: int) -> Bools:
    found: Bools = (places.table["seal"].to_numpy() < seal)[places.of_pair]
    return found


def _allowed(masks: dict[str, Bools], count: int) -> Bools:
    kept = np.ones(count, dtype=np.bool_)
    for mask in masks.values():
        kept &= ~mask
    return kept


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
            _machine_kw(found.offers, connection, catalogue, defaults),
            ceilings=options.ceilings,
        ),
        *(limit for limit in shares if limit.rule_id not in options.lifted),
        *_usual_limits(found, workloads, options),
    ]
    whole = replace(
        whole,
        limits=tuple(_whole_machines(whole, limit) for limit in limits),
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
    masks["latency to users"] = _too_far(
        connection,
        catalogue,
        workloads=workloads,
        places=places,
        found=found,
        options=options,
    )
    masks["size of the quota"] = _too_big(whole)
    if options.min_seal:
        masks[f"SEAL {options.min_seal}"] = _below(places, options.min_seal)
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    aside = _left_aside(masks, places, found, whole)
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    kept = _allowed(masks, len(whole.pair_offer))
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
        if _allowed(masks, len(mine))[mine].any():
            continue
        firm = {name: mask for name, mask in masks.items() if name not in lesser}
        open_pairs = mine & _allowed(firm, len(mine))
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
    today = _today(workloads, places)
    data = _data(connection, estate, catalogue, workloads, places)
    monthly = data["usd"][found.work, places.of_pair] / len(when.classes)
    beside = monthly[:, None] * np.ones((1, len(when.month)))
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
        direct_usd=found.use_usd + beside,
        direct_kg=found.use_kg,
        month=when.month,
        stage=when.stage,
        discount=when.discount,
        whole=found.whole,
        spare=spare,
        move_usd=np.where(runs, options["migration_usd"] + data["move"], 0.0),
        today=today,
        usd_weight=usd_weight if options.minimise != "carbon" else 1e-6,
        usd_per_kg=per_kg,
    )


def _today(workloads: pd.DataFrame, places: Places) -> np.ndarray:
    """Return the place of each workload now; a number beyond all where it is not a candidate."""
    keys = places.table[["provider_id", "region_id", "country_iso2"]].fillna("")
    known = {tuple(row): number for number, row in enumerate(keys.itertuples(index=False))}
    found = []
    for row in workloads.itertuples():
        if not isinstance(row.provider_id, str):
            found.append(-1)
            continue
        region = row.region_id if isinstance(row.region_id, str) else ""
        own = row.country_iso2 if isinstance(row.country_iso2, str) else ""
        place = None
        for (provider, there, country), number in known.items():
            if provider == row.provider_id and there == region and (region or country == own):
                place = number
        found.append(len(known) if place is None else place)
    return np.array(found, dtype=np.int64)


def _data(
    connection: duckdb.DuckDBPyConnection,
    estate: str,
    catalogue: str,
    workloads: pd.DataFrame,
    places: Places,
) -> dict[str, Floats]:
    """Return what data cost: per month where a workload runs away from its data (W x P), to move.

    Away from its data a workload pays for what flows to it each month out of the data's place
    (a flow if told; for training the data set once per run) and for a copy beside it.
    """
    from freehold.planning.options import shipped

    rows: pd.DataFrame = connection.execute(
        f"""
        WITH stored AS (
          SELECT data_set_id, provider_id, region_id, country_iso2 FROM
            {qualified(estate, "placements")}
          WHERE role = 'storage' AND data_set_id IS NOT NULL AND provider_id IS NOT NULL
          QUALIFY row_number() OVER (PARTITION BY data_set_id ORDER BY placement_id) = 1),
        flow AS (
          SELECT data_set_id, sum(CAST(gb_per_month AS DOUBLE)) AS gb FROM
            {qualified(estate, "flows")} WHERE data_set_id IS NOT NULL GROUP BY data_set_id)
        SELECT w.workload_id, d.data_set_id, s.provider_id, s.region_id, s.country_iso2,
          coalesce(CAST(d.volume_gb AS DOUBLE), 0) AS volume,
          coalesce(f.gb, CASE WHEN w.kind = 'training' THEN coalesce(CAST(d.volume_gb AS DOUBLE), 0)
            * coalesce(CAST(w.runs_per_month AS DOUBLE), 1) ELSE 0 END) AS gb
        FROM {qualified(estate, "workloads")} w
        JOIN {qualified(estate, "data_sets")} d ON d.application_id = w.application_id
        JOIN stored s USING (data_set_id) LEFT JOIN flow f USING (data_set_id)
        ORDER BY ALL
        """
    ).df()
    row_of = {str(name): row for row, name in enumerate(workloads["workload_id"])}
    rows = rows[rows["workload_id"].isin(row_of)].reset_index(drop=True)
    usd = np.zeros((len(workloads), len(places.table)))
    move = np.zeros(len(workloads))
    if rows.empty:
        return {"usd": usd, "move": move}
    asked = [
        rows.assign(to=to, gb_per_month=rows[column])
        for to in ("internet", "cross-region")
        for column in ("gb", "volume")
    ]
    priced = egress_cost(pd.concat(asked, ignore_index=True), connection, catalogue)
    cost = pd.to_numeric(priced["egress_usd_per_month"], errors="coerce").fillna(0.0).to_numpy()
    away, moved, near, _ = (part for part in cost.reshape(4, len(rows)))
    copy = rows["volume"].to_numpy(dtype=np.float64) * shipped()["storage_usd_per_gb_month"].value
    provider = places.table["provider_id"].to_numpy(dtype=object)
    region = places.table["region_id"].fillna("").to_numpy(dtype=object)
    stored = rows[["workload_id", "provider_id", "region_id"]].astype(object).to_dict("records")
    for line, row in enumerate(stored):
        same = provider == row["provider_id"]
        there = same & (region == (row["region_id"] if isinstance(row["region_id"], str) else ""))
        paid = np.where(there, 0.0, np.where(same, near[line], away[line]) + copy[line])
        workload = row_of[str(row["workload_id"])]
        usd[workload] += paid
        move[workload] += moved[line]
    return {"usd": usd, "move": move}


def _machine_kw(
    offers: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    defaults: HouseDefaults,
) -> Floats:
    """Return the greatest power of a machine of each offer with its cooling, kW."""
    watts = dict(
        connection.execute(
            f"SELECT accelerator_id, tdp_w FROM {quoted(catalogue)}.accelerators"
        ).fetchall()
    )
    tdp = offers["accelerator_id"].map(watts).astype("float64").fillna(0.0).to_numpy()
    count = offers["accelerator_count"].astype("float64").fillna(0.0).to_numpy()
    host = 1.0 + defaults["host_power_share"]
    return tdp / 1000.0 * host * count * defaults["pue"]


def _usual_limits(found: Candidates, workloads: pd.DataFrame, options: PlanOptions) -> list[Limit]:
    """Return limits that hold without being stated: what is held, and not all on spot machines."""
    offers = found.offers
    made = []
    for number in np.flatnonzero(offers["most"].notna()):
        here = np.zeros(len(offers), dtype=np.bool_)
        here[number] = True
        most = float(offers["most"].iloc[number])
        name = f"held: {offers['offer'].iloc[number]}"
        made.append(Limit(name, here, MACHINES, most, per=PERIOD, says=f"{most:g} devices"))
    spot = (offers["term"] == "spot").to_numpy(dtype=np.bool_)
    steady = workloads["kind"].isin(["serving", "classic"]).to_numpy(dtype=np.bool_)
    for row in np.flatnonzero(steady):
        mine = np.zeros(len(workloads), dtype=np.bool_)
        mine[row] = True
        if not (spot[found.offer] & (found.work == row)).any():
            continue
        serves = workloads["kind"].iloc[row] == "serving" and not found.whole[row]
        share = options["spot_share_serving"] if serves else 0.0
        made.append(
            Limit(
                f"spot share of {workloads['workload_id'].iloc[row]}",
                spot,
                WORK,
                share=share,
                per=STAGE,
                workloads=mine,
                says=f"{share:.0%} of it on spot machines",
            )
        )
    return made


def _whole_machines(problem: Problem, limit: Limit) -> Limit:
    """Bring a limit on machines of one weight down to what whole machines can use."""
    if limit.measure != MACHINES or limit.share is not None:
        return limit
    members = limit.members & (problem.kind != METERED)
    if not members.any() or (limit.members & (problem.kind == METERED)).any():
        return limit
    weight = np.ones(len(problem.offers)) if limit.weight is None else limit.weight
    sizes = np.unique(weight[members])
    if len(sizes) != 1 or sizes[0] <= 0:
        return limit
    return replace(limit, at_most=float(np.floor(limit.at_most / sizes[0] + 1e-9) * sizes[0]))


def _too_big(problem: Problem) -> Bools:
    """Return the pairs on machines of which a limit allows not a single one."""
    barred = np.zeros(len(problem.offers), dtype=np.bool_)
    for limit in problem.limits:
        if limit.measure == MACHINES and limit.share is None and limit.workloads is None:
            weight = np.ones(len(problem.offers)) if limit.weight is None else limit.weight
            barred |= limit.members & (weight > limit.at_most + 1e-9) & (problem.kind != METERED)
    found: Bools = barred[problem.pair_offer]
    return found


def _too_far(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    *,
    workloads: pd.DataFrame,
    places: Places,
    found: Candidates,
    options: PlanOptions,
) -> Bools:
    """Return the pairs whose round trip to the workload's users is too long, or not known.

    Round trip = a + b x great-circle distance, least squares over latency_model.csv, plus the
    last mile; users are taken to be in the largest city of each of their countries.
    """
    none = np.zeros(len(found.work), dtype=np.bool_)
    if "latency_slo_ms" not in workloads or not workloads["latency_slo_ms"].notna().any():
        return none
    intercept, slope = connection.execute(
        "SELECT regr_intercept(rtt_ms, distance_km), regr_slope(rtt_ms, distance_km)"
        f" FROM {quoted(catalogue)}.latency_model WHERE distance_km IS NOT NULL"
    ).fetchall()[0]
    where = {
        (str(p), str(r)): (float(lat), float(lon))
        for p, r, lat, lon in connection.execute(
            f"SELECT provider_id, region_id, lat, lon FROM {quoted(catalogue)}.regions"
            " WHERE lat IS NOT NULL"
        ).fetchall()
    }
    city = {
        str(country): (float(lat), float(lon))
        for country, lat, lon in connection.execute(
            f"SELECT country_iso2, arg_max(lat, population_millions),"
            f" arg_max(lon, population_millions) FROM {quoted(catalogue)}.cities GROUP BY 1"
        ).fetchall()
    }
    spots = np.array(
        [
            where.get((str(row.provider_id), str(row.region_id)))
            or city.get(str(row.country_iso2), (np.nan, np.nan))
            for row in places.table.itertuples()
        ]
    )
    barred = np.zeros((len(workloads), len(spots)), dtype=np.bool_)
    limits = pd.to_numeric(workloads["latency_slo_ms"], errors="coerce").to_numpy(dtype=np.float64)
    for number, users_in in enumerate(workloads["users_in"].astype(object)):
        if not np.isfinite(limits[number]) or not isinstance(users_in, str):
            continue
        users = [city[c.strip()] for c in users_in.split(";") if c.strip() in city]
        trips = [intercept + slope * _km(spots, at) + options["last_mile_ms"] for at in users]
        if trips:
            barred[number] = ~(np.max(trips, axis=0) <= limits[number])
    return barred[found.work, places.of_pair]


def _km(spots: Floats, to: tuple[float, float]) -> Floats:
    """Return great-circle distances in km (haversine)."""
    lat, lon = np.radians(spots[:, 0]), np.radians(spots[:, 1])
    at = np.radians(np.array(to))
    half = (
        np.sin((lat - at[0]) / 2) ** 2
        + np.cos(lat) * np.cos(at[0]) * np.sin((lon - at[1]) / 2) ** 2
    )
    found: Floats = 2 * np.degrees(np.arcsin(np.sqrt(half))) * _KM_PER_DEGREE
    return found
