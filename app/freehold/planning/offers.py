"""What there is to run workloads on: offers of the catalogue, own and held hardware."""

from collections.abc import Sequence
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from freehold.costing.facts import HouseDefaults, fetched, relation
from freehold.costing.own_devices import DEVICES_PER_NODE, own_devices
from freehold.costing.own_hardware import OwnNode, own_cost
from freehold.costing.power import energy
from freehold.planning.options import PlanOptions
from freehold.planning.problem import Bools

OWN = "on-prem"
_NODE = float(DEVICES_PER_NODE)
_DAYS_PER_MONTH = 30.4
COLUMNS = (
    "offer",
    "provider_id",
    "region_id",
    "country_iso2",
    "instance_type",
    "term",
    "accelerator_id",
    "accelerator_count",
    "vcpus",
    "usd_per_hour",
    "verified",
    "regional",
    "as_of",
    "source",
    "opens",
    "most",
)


def offers(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    estate: str,
    *,
    as_of: date,
    options: PlanOptions,
    defaults: HouseDefaults,
) -> pd.DataFrame:
    """Return every offer with the columns COLUMNS: the catalogue's, own hardware, pools held.

    Of machines of the same provider, region, term and chip, the cheapest per device and the
    smallest are kept. `opens` is the first month in which it can be used, `most` how many devices
    there are (NaN = no limit known).
    """
    parts = [
        _rented(connection, catalogue),
        _own(connection, catalogue, estate, options, defaults),
        _held(connection, catalogue, estate, as_of, defaults),
    ]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    place = table["region_id"].fillna(table["country_iso2"]).fillna("*")
    table["offer"] = (
        table["provider_id"] + "/" + place + "/" + table["instance_type"] + "/" + table["term"]
    )
    table = table.drop_duplicates("offer").sort_values("offer", ignore_index=True)
    return table[list(COLUMNS)]


def barred(offers: pd.DataFrame, places: Sequence[str]) -> Bools:
    """Return which offers are at one of `places`, each PROVIDER or PROVIDER/REGION."""
    here = offers["provider_id"] + "/" + offers["region_id"].fillna("*")
    found: Bools = (offers["provider_id"].isin(places) | here.isin(places)).to_numpy(dtype=np.bool_)
    return found


def _rented(connection: duckdb.DuckDBPyConnection, catalogue: str) -> pd.DataFrame:
    found = fetched(
        connection,
        f"""
        WITH priced AS (
          SELECT provider_id, region_id, country_iso2, instance_type, term, accelerator_id,
            accelerator_kind, CAST(accelerator_count AS DOUBLE) AS accelerator_count,
            CAST(vcpus AS DOUBLE) AS vcpus, CAST(usd_per_hour AS DOUBLE) AS usd_per_hour,
            verified, price_regional AS regional, as_of, source
          FROM {relation(connection, "offers", catalogue)}
          WHERE available IS DISTINCT FROM FALSE AND usd_per_hour > 0
            AND (region_status IS NULL OR region_status NOT IN ('announced', 'closed_to_new'))),
        chips AS (
          SELECT *, row_number() OVER (PARTITION BY provider_id, region_id, term, accelerator_id
              ORDER BY usd_per_hour / accelerator_count, accelerator_count DESC, instance_type)
              AS cheap,
            row_number() OVER (PARTITION BY provider_id, region_id, term, accelerator_id
              ORDER BY accelerator_count, usd_per_hour, instance_type) AS small,
            row_number() OVER (PARTITION BY provider_id, region_id, term, accelerator_id
              ORDER BY accelerator_count DESC, usd_per_hour, instance_type) AS large
          FROM priced WHERE accelerator_count >= 1),
        cores AS (
          SELECT *, row_number() OVER (PARTITION BY provider_id, region_id, term
              ORDER BY usd_per_hour / vcpus, vcpus, instance_type) AS cheap,
            row_number() OVER (PARTITION BY provider_id, region_id, term
              ORDER BY vcpus, usd_per_hour, instance_type) AS small, 2 AS large
          FROM priced WHERE accelerator_kind = 'cpu' AND vcpus > 0)
        SELECT * EXCLUDE (cheap, small, large, accelerator_kind), 0 AS opens,
          CAST('nan' AS DOUBLE) AS most
        FROM (FROM chips UNION ALL FROM cores) WHERE cheap = 1 OR small = 1 OR large = 1
        """,
    )
    return found


def _node_usd(
    rows: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    defaults: HouseDefaults,
    *,
    bought: bool,
) -> pd.Series:
    """Return the hourly cost of one device; without purchase and capital where it is sunk."""
    mine = own_devices(rows["accelerator_id"], connection, catalogue, defaults)
    asked = rows.assign(device_hours_per_month=1.0, utilisation=1.0)
    used = energy(asked, connection, catalogue, defaults)
    price = pd.to_numeric(used["industrial_price_usd_kwh"], errors="coerce").to_numpy()
    pue = pd.to_numeric(used["pue"], errors="coerce").to_numpy(dtype=np.float64)
    cost = own_cost(
        OwnNode(
            capex_usd=mine.capex_usd if bought else np.nan_to_num(mine.capex_usd),
            chips=1.0,
            power_kw=mine.power_kw,
            electricity_usd_kwh=np.where(
                np.isfinite(price), price, defaults["electricity_usd_kwh"]
            ),
            pue=pue,
            colocated=np.asarray(rows["term"] == "colocated", dtype=np.float64),
        ),
        defaults,
    )
    staff = np.asarray(cost.staff) / DEVICES_PER_NODE
    running = np.asarray(cost.electricity) + np.asarray(cost.colocation) + staff
    purchase = np.asarray(cost.depreciation) + np.asarray(cost.capital) + np.asarray(cost.support)
    return pd.Series(running + purchase if bought else running, index=rows.index)


def _own(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    estate: str,
    options: PlanOptions,
    defaults: HouseDefaults,
) -> pd.DataFrame:
    """Return nodes that could be bought for the organisation's own sites, or for colocation."""
    rows = fetched(
        connection,
        f"""
        WITH sites AS (
          SELECT country_iso2 FROM "{estate}".accelerator_pools WHERE provider_id = '{OWN}'
          UNION SELECT country_iso2 FROM "{estate}".workloads WHERE provider_id = '{OWN}'
          UNION SELECT country_iso2 FROM "{estate}".resources WHERE provider_id = '{OWN}'
          UNION SELECT country_iso2 FROM "{estate}".placements WHERE provider_id = '{OWN}'),
        lead AS (
          SELECT accelerator_id, avg(coalesce(lead_time_typical_days,
              (lead_time_min_days + lead_time_max_days) / 2)) AS days
          FROM {relation(connection, "lead_times", catalogue)}
          WHERE provider_id = '{OWN}' GROUP BY accelerator_id)
        SELECT '{OWN}' AS provider_id, NULL AS region_id, s.country_iso2, c.accelerator_id,
          least(coalesce(c.scale_up_domain, 1), {_NODE}) AS accelerator_count, t.term,
          c.capex_verified AS verified, l.days
        FROM sites s CROSS JOIN {relation(connection, "accelerators", catalogue)} c
        CROSS JOIN (VALUES ('owned'), ('colocated')) t(term)
        LEFT JOIN lead l ON l.accelerator_id = c.accelerator_id
        WHERE s.country_iso2 IS NOT NULL AND c.capex_usd IS NOT NULL
          AND c.export_blocked IS DISTINCT FROM TRUE
        ORDER BY ALL
        """,
    )
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    rows["accelerator_count"] = rows["accelerator_count"].astype("float64")
    per_device = _node_usd(rows, connection, catalogue, defaults, bought=True)
    days = pd.to_numeric(rows["days"], errors="coerce").fillna(options["own_lead_time_days"])
    rows["usd_per_hour"] = per_device * rows["accelerator_count"]
    rows["instance_type"] = (
        rows["accelerator_count"].map(lambda n: f"{n:.0f}x ") + rows["accelerator_id"]
    )
    rows["opens"] = np.ceil(days.to_numpy() / _DAYS_PER_MONTH).astype(np.int64)
    rows["vcpus"], rows["most"], rows["regional"] = np.nan, np.nan, True
    rows["verified"] = False
    rows["as_of"], rows["source"] = None, "own hardware cost model, house defaults"
    return rows.drop(columns=["days"])


def _held(
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    estate: str,
    as_of: date,
    defaults: HouseDefaults,
) -> pd.DataFrame:
    """Return hardware that is owned already: its purchase is sunk, running it costs."""
    rows = fetched(
        connection,
        f"""
        SELECT p.provider_id, p.region_id, p.country_iso2, p.accelerator_id, 'owned' AS term,
          1.0 AS accelerator_count, sum(CAST(p.quantity AS DOUBLE)) AS most,
          max(greatest(date_diff('month', DATE '{as_of.isoformat()}', p.available_from), 0))
            AS opens
        FROM "{estate}".accelerator_pools p
        WHERE p.term IN ('owned', 'colocated') AND p.quantity > 0 AND p.accelerator_id IS NOT NULL
          AND p.provider_id IS NOT NULL
          AND (p.available_to IS NULL OR p.available_to > DATE '{as_of.isoformat()}')
        GROUP BY ALL ORDER BY ALL
        """,
    )
    if rows.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    rows["usd_per_hour"] = _node_usd(rows, connection, catalogue, defaults, bought=False)
    rows["instance_type"] = "held " + rows["accelerator_id"]
    rows["accelerator_count"] = 1.0
    rows["vcpus"], rows["regional"], rows["verified"] = np.nan, True, False
    rows["as_of"], rows["source"] = None, "held: its purchase is sunk, running it costs"
    rows["opens"] = pd.to_numeric(rows["opens"]).fillna(0).astype(np.int64)
    return rows
