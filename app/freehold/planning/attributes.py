"""What limits are counted by: owner, country, chip vendor and region of each offer."""

from collections.abc import Sequence
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from freehold.compliance import Pack
from freehold.compliance.engine import in_force
from freehold.compliance.rule import Rule
from freehold.costing.facts import relation
from freehold.estate.sql import qualified, quoted
from freehold.planning.options import Ceiling
from freehold.planning.problem import (
    CARBON,
    COST,
    HORIZON,
    MACHINES,
    MONTH,
    PERIOD,
    STAGE,
    TOTAL,
    WORK,
    Bools,
    Floats,
    Limit,
    Promise,
)

_SHARE_RULE = {
    "provider": "provider_id",
    "provider_group": "provider_group",
    "jurisdiction": "country",
    "parent_country": "parent_country",
    "chip_vendor": "chip_vendor",
    "region": "region",
}
_FORM = "share > $limit OR (share + undecided_share > $limit AND undecided)"


def described(
    offers: pd.DataFrame, connection: duckdb.DuckDBPyConnection, catalogue: str
) -> pd.DataFrame:
    """Return provider_group, parent_country, country, chip_vendor and region of each offer."""
    connection.register(
        "plan_offers",
        offers[["offer", "provider_id", "region_id", "country_iso2", "accelerator_id"]],
    )
    found: pd.DataFrame = connection.execute(
        f"""
        SELECT o.offer, o.provider_id, coalesce(p.ultimate_parent, p.name, o.provider_id)
            AS provider_group, p.parent_country,
          coalesce(o.country_iso2, g.country_iso2) AS country,
          a.vendor AS chip_vendor, o.provider_id || '/' || o.region_id AS region
        FROM plan_offers o
        LEFT JOIN {relation(connection, "providers", catalogue)} p USING (provider_id)
        LEFT JOIN {relation(connection, "regions", catalogue)} g
          ON g.provider_id = o.provider_id AND g.region_id = o.region_id
        LEFT JOIN {relation(connection, "accelerators", catalogue)} a
          ON a.accelerator_id = o.accelerator_id
        """
    ).df()
    connection.unregister("plan_offers")
    return found.set_index("offer").loc[offers["offer"]].reset_index()


def own_limits(
    connection: duckdb.DuckDBPyConnection,
    estate: str,
    offers: pd.DataFrame,
    attributes: pd.DataFrame,
    machine_kw: Floats,
    *,
    ceilings: Sequence[Ceiling] = (),
) -> list[Limit]:
    """Return the limits the organisation states (table plan_limits), and those asked."""
    frame: pd.DataFrame = connection.execute(
        f"FROM {qualified(estate, 'plan_limits')} WHERE value IS NOT NULL ORDER BY plan_limit_id"
    ).df()
    asked = [
        {"name": one.name, "kind": one.kind, "value": one.value, "dimension": one.dimension}
        for one in ceilings
    ]
    frame = pd.DataFrame(
        [*frame.astype(object).to_dict("records"), *asked], columns=frame.columns, dtype=object
    )
    devices = np.asarray(
        offers["accelerator_count"].astype("float64").fillna(0.0), dtype=np.float64
    )
    made: list[Limit] = []
    for row in frame.to_dict("records"):
        here = np.ones(len(offers), dtype=np.bool_)
        for column, source in (
            ("provider_id", offers),
            ("region_id", offers),
            ("accelerator_id", offers),
        ):
            if isinstance(row[column], str):
                here &= (source[column] == row[column]).to_numpy(dtype=np.bool_)
        if isinstance(row["country_iso2"], str):
            here &= (attributes["country"] == row["country_iso2"]).to_numpy(dtype=np.bool_)
        name = str(row["name"]) if isinstance(row["name"], str) else str(row["plan_limit_id"])
        value = float(row["value"])
        if row["kind"] == "budget":
            made.append(Limit(name, here, TOTAL, value, per=HORIZON, says=f"{value:,.0f} USD"))
        elif row["kind"] == "budget_month":
            made.append(Limit(name, here, COST, value, per=MONTH, says=f"{value:,.0f} USD a month"))
        elif row["kind"] == "power_kw":
            made.append(
                Limit(
                    name, here, MACHINES, value, weight=machine_kw, per=PERIOD, says=f"{value:g} kW"
                )
            )
        elif row["kind"] == "quota":
            made.append(
                Limit(
                    name,
                    here,
                    MACHINES,
                    value,
                    weight=devices,
                    per=PERIOD,
                    says=f"{value:g} devices",
                )
            )
        elif row["kind"] == "carbon_kg":
            made.append(Limit(name, here, CARBON, value, says=f"{value:,.0f} kg CO2e"))
        elif row["kind"] == "spot_share":
            spot = here & (offers["term"] == "spot").to_numpy(dtype=np.bool_)
            made.append(
                Limit(name, spot, WORK, share=value, per=STAGE, says=f"{value:.0%} on spot")
            )
        elif row["kind"] == "share" and isinstance(row["dimension"], str):
            owners = attributes[_SHARE_RULE[row["dimension"]]]
            members = (
                [row["member"]]
                if isinstance(row["member"], str)
                else sorted(owners[here].dropna().unique())
            )
            made.extend(
                Limit(
                    name if len(members) == 1 else f"{name}: {member}",
                    here & (owners == member).to_numpy(dtype=np.bool_),
                    COST,
                    share=value,
                    says=f"{value:.0%} of the cost of what is used"
                    + (f" with {member}" if len(members) == 1 else ""),
                )
                for member in members
            )
    return made


def promises(
    connection: duckdb.DuckDBPyConnection,
    views: str,
    offers: pd.DataFrame,
    planned: list[str],
    *,
    as_of: date,
    months: int,
) -> list[Promise]:
    """Return what commitments cost per month whether used or not, less what else uses them."""
    rows = connection.execute(
        f"""
        WITH moved AS (SELECT DISTINCT resource FROM {quoted(views)}.placements
          WHERE list_contains(?, workload) AND resource IS NOT NULL),
        other AS (SELECT provider, sum(cost_usd) AS usd FROM {quoted(views)}.resources
          ANTI JOIN moved USING (resource) WHERE available IS DISTINCT FROM FALSE
          GROUP BY provider)
        SELECT c.commitment, c.provider, CAST(c.value_usd AS DOUBLE)
            / greatest(date_diff('month', c.start_date, c.end_date), 1) AS monthly,
          date_diff('month', ?, c.end_date) AS left_months,
          greatest(date_diff('month', ?, c.start_date), 0) AS first,
          coalesce(CAST(o.usd AS DOUBLE), 0) AS other
        FROM {quoted(views)}.commitments c LEFT JOIN other o ON o.provider = c.provider
        WHERE c.value_usd > 0 AND c.end_date > ? ORDER BY c.commitment
        """,
        [planned, as_of, as_of, as_of],
    ).fetchall()
    made: dict[str, tuple[list[str], np.ndarray, float]] = {}
    for name, provider, monthly, left, first, other in rows:
        span = np.arange(months)
        due = np.where((span >= first) & (span < left), float(monthly), 0.0)
        names, total, used = made.get(str(provider), ([], np.zeros(months), float(other)))
        made[str(provider)] = ([*names, str(name)], total + due, used)
    found = []
    for provider, (names, total, used) in made.items():
        left_over = np.maximum(total - used, 0.0)
        here = (offers["provider_id"] == provider).to_numpy(dtype=np.bool_)
        if left_over.any():
            found.append(Promise(f"{', '.join(names)} ({provider})", here, left_over))
    return found


def rule_limits(
    connection: duckdb.DuckDBPyConnection,
    views: str,
    packs: list[Pack],
    as_of: date,
    *,
    attributes: pd.DataFrame,
    planned: list[str],
) -> tuple[list[Limit], dict[str, str]]:
    """Return limits that follow from rules on shares, and rules that no plan can keep to, why."""
    made: list[Limit] = []
    other: dict[str, str] = {}
    for _, rule in in_force(packs, as_of)[0]:
        if rule.kind != "row" or rule.subject != "shares":
            continue
        limits, reason = _of_rule(connection, views, rule, attributes, planned)
        made += limits
        if reason:
            other[rule.id] = reason
    return made, other


def _of_rule(
    connection: duckdb.DuckDBPyConnection,
    views: str,
    rule: Rule,
    attributes: pd.DataFrame,
    planned: list[str],
) -> tuple[list[Limit], str]:
    applies = str(rule.applies)
    parts = [part.strip() for part in applies.split(" AND ")]
    words = dict(part.split(" = ") for part in parts if " = " in part)
    dimension = words.get("dimension", "").strip("'")
    base = words.get("base", "").strip("'")
    extra = [part for part in parts if " = " not in part]
    if rule.fails != _FORM or not set(extra) <= {"member NOT IN $home"}:
        return [], "its form is not one that can be turned into a limit"
    if base != "workloads" or dimension not in _SHARE_RULE:
        return [], f"it counts {base.replace('_', ' ')}, which this plan does not move"
    share = float(str(rule.params["limit"]))
    column = {
        "provider": "provider",
        "provider_group": "provider_group",
        "jurisdiction": "country",
        "parent_country": "parent_country",
        "chip_vendor": "accelerator_vendor",
        "region": "region",
    }[dimension]
    rest = dict(
        connection.execute(
            f"SELECT {column}, count(*) FROM {quoted(views)}.workloads"
            " WHERE NOT list_contains(?, workload) GROUP BY 1",
            [planned],
        ).fetchall()
    )
    total = float(sum(rest.values()))
    home = rule.params.get("home", ())
    names = attributes[_SHARE_RULE[dimension]]
    made = []
    for member in sorted(names.dropna().unique()):
        if isinstance(home, list | tuple) and member in home and extra:
            continue
        here: Bools = (names == member).to_numpy(dtype=np.bool_)
        room = share * total - float(rest.get(member, 0))
        made.append(
            Limit(
                f"{rule.id}: {member}",
                here,
                WORK,
                room,
                share=share,
                per=STAGE,
                rule_id=rule.id,
                says=f"{share:.0%} of workloads",
            )
        )
    return made, ""
