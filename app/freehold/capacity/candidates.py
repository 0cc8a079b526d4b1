"""Every priced offer on which a workload could run, ranked by cost per month."""

from datetime import date
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd

from freehold.capacity.checks import Tables
from freehold.capacity.columns import Bools, numbers
from freehold.capacity.facts import table
from freehold.capacity.workloads import size_workloads
from freehold.costing.facts import fetched, house_defaults, relation
from freehold.costing.money import exchange_rate
from freehold.costing.power import energy
from freehold.errors import InputError

_EXACT = Decimal("0.0001")


def candidates(
    workload: pd.Series | pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    *,
    currency: str = "USD",
    as_of: date | None = None,
    catalogue: str = "catalogue",
    tables: Tables | None = None,
) -> pd.DataFrame:
    """Return the offers (provider, region, machine, term) a workload could run on.

    Args:
        workload: one row of the estate's `workloads`; its model, lengths, load, targets or
            training work count, not where it runs today.
        connection: holds the catalogue.
        currency: currency of `cost_per_month`, at the latest rate up to `as_of`.
        as_of: day for the exchange rate; the latest of all if not given.
        catalogue: a scenario's schema.
        tables: facts already read.

    The workload is sized once per accelerator and joined to all offers at once. Cheapest first;
    chips that cannot hold it or meet its targets follow as one row each with `refused_because`.
    A training run keeps its device count.

    Machines too small for a group of linked devices follow the ranking with the reason.

    Raises:
        InputError: if there is not exactly one workload, or no rate for the currency.
    """
    row = workload.to_frame().T if isinstance(workload, pd.Series) else workload
    if len(row) != 1:
        raise InputError("Candidates are listed for one workload at a time")
    facts = tables or Tables.read(connection, catalogue=catalogue)
    rate = exchange_rate(connection, "USD", currency, as_of, catalogue)
    if rate is None:
        raise InputError(f"There is no exchange rate from USD to {currency}", mend="Choose USD")
    sized = _per_chip(row, connection, facts, catalogue)
    offers = _offers(connection, catalogue)
    joined = offers.merge(sized, on="accelerator_id", how="inner")
    per_machine = numbers(joined, "accelerators_per_machine")
    devices, device_hours = (
        numbers(joined, "devices_needed"),
        numbers(joined, "device_hours_per_month"),
    )
    joined["machines"] = np.ceil(devices / per_machine - 1e-9)
    hours = joined["machines"].to_numpy(dtype=np.float64) * device_hours / devices
    joined["machine_hours_per_month"] = hours
    joined = joined[np.isfinite(hours)].reset_index(drop=True)
    split = _too_small(joined, training=_is_training(row))
    small = joined[split].drop(columns=["usd_per_hour"])
    joined = joined[~split].reset_index(drop=True)
    exact_hours = joined["machine_hours_per_month"].round(6).map(lambda v: Decimal(repr(v)))
    joined["cost_usd_per_month"] = (joined["usd_per_hour"] * exact_hours).map(
        lambda value: value.quantize(_EXACT)
    )
    joined["cost_per_month"] = joined["cost_usd_per_month"].map(
        lambda value: (value * rate.rate).quantize(_EXACT)
    )
    joined["currency"] = currency
    joined["fx_basis"] = "" if currency == "USD" else str(rate)
    used = energy(joined, connection, catalogue, house_defaults(connection, catalogue))
    joined = pd.concat([joined, used], axis=1)
    ranked = joined.sort_values(
        ["cost_per_month", "provider_id", "region_id", "instance_type", "term"],
        ignore_index=True,
        na_position="last",
    )
    refused = sized[sized["refused_because"] != ""]
    return pd.concat([ranked, small, refused], ignore_index=True)


def _is_training(row: pd.DataFrame) -> bool:
    return str(row["kind"].iloc[0]).lower() == "training"


def _too_small(joined: pd.DataFrame, *, training: bool) -> Bools:
    """Say why machines cannot hold a linked group of devices; return which those are.

    Chips whose domain is one machine must have the group in one machine; rack-scale domains and
    prices per chip without a machine type (`1x-CHIP`) are let through, the latter flagged.
    """
    group = np.minimum(numbers(joined, "devices" if training else "tp"), 8.0)
    domain = np.nan_to_num(numbers(joined, "scale_up_domain"), nan=1.0)
    inside = np.minimum(group, np.maximum(domain, 1.0)) if training else group
    inside = np.where(domain > 8, 1.0, inside)
    per_chip = np.asarray(joined["instance_type"].str.startswith("1x-"), dtype=np.bool_)
    short = numbers(joined, "accelerators_per_machine") < inside
    unchecked = short & per_chip
    flags = joined["price_flags"]
    remark = "price per chip: a machine with linked chips is assumed"
    joined["price_flags"] = flags.where(~unchecked, (flags + "; " + remark).str.removeprefix("; "))
    small = short & ~per_chip
    joined.loc[small, "refused_because"] = (
        "the group of linked devices does not fit in one machine of this type"
    )
    return np.asarray(small, dtype=np.bool_)


def _per_chip(
    row: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    facts: Tables,
    catalogue: str,
) -> pd.DataFrame:
    """Size the workload on every accelerator that any offer has."""
    skus = table(connection, "skus", catalogue)
    chips = pd.Index(sorted(set(skus["accelerator_id"][skus["accelerator_count"] > 0])))
    spec = pd.concat([row] * len(chips), ignore_index=True)
    spec["accelerator_id"] = chips
    for column in ("provider_id", "region_id", "country_iso2", "instance_type", "term"):
        spec[column] = None
    if not _is_training(row):
        spec["accelerator_count"] = np.nan
    sized = size_workloads(spec, connection, tables=facts, catalogue=catalogue)
    domains = table(connection, "accelerators", catalogue).set_index("accelerator_id")
    sized["scale_up_domain"] = domains["scale_up_domain"].reindex(chips).to_numpy()
    dropped = ["provider_id", "region_id", "country_iso2", "instance_type", "term", "vcpus"]
    energy_columns = [name for name in sized if str(name).startswith(("kwh_", "kg_", "energy_"))]
    carbon = [name for name in sized if str(name).startswith("carbon_")]
    return sized.drop(columns=[*dropped, *energy_columns, *carbon])


def _offers(connection: duckdb.DuckDBPyConnection, catalogue: str) -> pd.DataFrame:
    """All offers with accelerators: place, price and what is doubtful about it."""
    return fetched(
        connection,
        f"""
        SELECT provider_id, region_id, country_iso2, instance_type, term, accelerator_id,
          accelerator_count AS accelerators_per_machine,
          CAST(usd_per_hour AS DECIMAL(18, 8)) AS usd_per_hour, price_regional,
          verified AS price_verified, as_of AS price_as_of, source AS price_source,
          concat_ws('; ', CASE WHEN NOT price_regional THEN 'price not regional' END,
            CASE WHEN NOT verified THEN 'price not verified' END,
            CASE WHEN region_id IS NULL THEN 'provider states no region' END) AS price_flags
        FROM {relation(connection, "offers", catalogue)}
        WHERE accelerator_count > 0 AND available IS DISTINCT FROM FALSE
        """,
    )
