"""What sized workloads cost, use and emit per month."""

from datetime import date
from decimal import Decimal

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from freehold.costing.compute import hourly_prices
from freehold.costing.facts import (
    HouseDefaults,
    fetched,
    house_defaults,
    registered,
    relation,
    with_columns,
)
from freehold.costing.money import convert
from freehold.costing.own_devices import DEVICES_PER_NODE, own_devices
from freehold.costing.own_hardware import OwnNode, own_cost
from freehold.costing.power import energy

_SIZED = {
    "workload_id": "text",
    "kind": "text",
    "provider_id": "text",
    "region_id": "text",
    "country_iso2": "text",
    "instance_type": "text",
    "term": "text",
    "accelerator_id": "text",
    "model_id": "text",
    "devices": "num",
    "device_hours_per_month": "num",
    "device_hours_per_month_low80": "num",
    "device_hours_per_month_high80": "num",
    "hours_per_month": "num",
    "utilisation": "num",
    "vcpus": "num",
    "requests_per_month": "num",
    "input_tokens": "num",
    "output_tokens": "num",
}
_OWN_TERMS = ("owned", "colocated")
_EXACT = Decimal("0.0001")
_MOST = 1e13


def cost_workloads(
    sized: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    currency: str = "USD",
    as_of: date | None = None,
    *,
    catalogue: str = "catalogue",
    changed_defaults: dict[str, float] | None = None,
) -> pd.DataFrame:
    """Return cost, energy and carbon per month of each sized workload, in its order.

    Args:
        sized: workload_id, kind, provider_id, region_id, instance_type, term, accelerator_id,
            devices (held), device_hours_per_month (and _low80, _high80), hours_per_month,
            utilisation; vcpus for classic ones; requests_per_month, input_tokens,
            output_tokens and model_id for token-priced ones. Missing columns are NULL.
        connection: holds the catalogue (and a scenario's own under `catalogue`).
        currency: ISO code of the costs; converted at the latest rate up to `as_of` (of all
            if not given).
        catalogue: schema whose tables come before the base catalogue's.
        changed_defaults: the user's own house defaults.

    Returns a table of `workload_id`, `cost_per_month` (Decimal, with _low80 and _high80),
    `currency`, `cost_basis`, `cost_reason`, `fx_basis`, `machines`, `machine_hours_per_month`,
    the price columns of `hourly_prices` and the columns of `energy`. NULL always has a reason.
    """
    defaults = house_defaults(connection, catalogue, changed_defaults)
    rows = _usable(with_columns(sized, _SIZED))
    prices = hourly_prices(rows, connection, catalogue)
    used = energy(rows, connection, catalogue, defaults)
    machines, machine_hours = _machines(rows, prices, defaults)
    costs = _rented(prices, machine_hours)
    own = rows["term"].isin(_OWN_TERMS)
    if own.any():
        costs[own] = _owned(rows[own], used[own], connection, catalogue, defaults)
        prices.loc[own] = None
    tokens = rows["term"] == "token_api"
    if tokens.any():
        costs[tokens] = _by_token(rows[tokens], connection, catalogue)
        prices.loc[tokens] = None
    costs["currency"] = "USD"
    converted = convert(costs, connection, to=currency, as_of=as_of, catalogue=catalogue)
    reason = costs["reason"].where(costs["reason"].notna(), None)
    reason = reason.where(costs["amount"].isna(), converted["reason"].replace("", None))
    share = {
        side: rows[f"device_hours_per_month_{side}"] / rows["device_hours_per_month"]
        for side in ("low80", "high80")
    }
    table = pd.DataFrame(
        {
            "workload_id": rows["workload_id"],
            "cost_per_month": converted["amount"].where(converted["amount"].notna(), None),
            "cost_per_month_low80": _scaled(converted["amount"], share["low80"]),
            "cost_per_month_high80": _scaled(converted["amount"], share["high80"]),
            "currency": currency,
            "cost_basis": costs["basis"].where(costs["amount"].notna(), None),
            "cost_reason": reason,
            "fx_basis": converted["fx_basis"].where(converted["amount"].notna(), None),
            "machines": machines,
            "machine_hours_per_month": machine_hours,
        }
    )
    joined = pd.concat([table, prices, used], axis=1)
    joined.index = sized.index
    return joined


def _usable(rows: pd.DataFrame) -> pd.DataFrame:
    """Read negative, infinite and absurd quantities as unknown."""
    amounts = [name for name, kind in _SIZED.items() if kind == "num"]
    values = rows[amounts]
    return rows.assign(**values.where((values >= 0) & (values <= _MOST)))


def _scaled(amount: "pd.Series[float]", share: "pd.Series[float]") -> "pd.Series[float]":
    """Scale exact amounts by a share; NULL where either is unknown."""
    known = amount.notna() & np.isfinite(share)
    scaled = pd.Series(None, index=amount.index, dtype=object)
    factors = share[known].round(8).map(lambda value: Decimal(repr(value)))
    scaled[known] = (amount[known] * factors).map(lambda value: value.quantize(_EXACT))
    return scaled


def _machines(
    rows: pd.DataFrame, prices: pd.DataFrame, defaults: HouseDefaults
) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Return whole machines and their hours: machines are bought whole, hours follow devices."""
    per_machine = pd.to_numeric(prices["accelerators_per_instance"], errors="coerce")
    per_machine = per_machine.where(per_machine > 0)
    cores = pd.to_numeric(prices["vcpus_per_instance"], errors="coerce")
    by_device = np.ceil(rows["devices"] / per_machine - 1e-9)
    by_core = np.ceil(rows["vcpus"] / cores - 1e-9)
    single = pd.Series(1.0, index=rows.index).where(rows["instance_type"].notna())
    machines = by_device.where(by_device.notna(), by_core.where(by_core.notna(), single))
    hours = rows["device_hours_per_month"] / rows["devices"]
    held = rows["hours_per_month"].fillna(defaults["hours_per_month"])
    hours = hours.where(hours.notna() & rows["devices"].notna(), held)
    unsized = rows["devices"].isna() & rows["kind"].isin(["training", "serving", "batch"])
    machines = machines.where(~(unsized & rows["accelerator_id"].notna()))
    return machines, machines * hours


def _rented(prices: pd.DataFrame, machine_hours: "pd.Series[float]") -> pd.DataFrame:
    known = prices["usd_per_hour"].notna() & machine_hours.notna()
    amount = pd.Series(None, index=prices.index, dtype=object)
    hours = machine_hours[known].round(6).map(lambda value: Decimal(repr(value)))
    amount[known] = (prices["usd_per_hour"][known] * hours).map(lambda v: v.quantize(_EXACT))
    reason = prices["price_reason"].where(
        prices["usd_per_hour"].isna(), pd.Series("size not known", index=prices.index)
    )
    basis = "machine hours x catalogue price"
    flags = prices["price_flags"].fillna("")
    text = pd.Series(basis, index=prices.index).where(flags == "", basis + "; " + flags)
    return pd.DataFrame(
        {"amount": amount, "reason": reason.where(amount.isna(), None), "basis": text},
        index=prices.index,
    ).astype(object)


def _owned(
    rows: pd.DataFrame,
    used: pd.DataFrame,
    connection: duckdb.DuckDBPyConnection,
    catalogue: str,
    defaults: HouseDefaults,
) -> pd.DataFrame:
    """Cost of own devices for every hour of the month, busy or not."""
    mine = own_devices(rows["accelerator_id"], connection, catalogue, defaults)
    price = pd.to_numeric(used["industrial_price_usd_kwh"], errors="coerce").astype("float64")
    tariff: npt.NDArray[np.float64] = np.nan_to_num(
        price.to_numpy(dtype=np.float64), nan=defaults["electricity_usd_kwh"]
    )
    hourly = own_cost(
        OwnNode(
            capex_usd=mine.capex_usd,
            chips=1.0,
            power_kw=mine.power_kw,
            electricity_usd_kwh=tariff,
            pue=pd.to_numeric(used["pue"]).to_numpy(dtype=np.float64),
            colocated=np.asarray(rows["term"] == "colocated", dtype=np.float64),
        ),
        defaults,
    )
    # A node's operator serves all its chips: the per-node staff is spread over them.
    spread = np.asarray(hourly.usd_per_node_hour) - np.asarray(hourly.staff) * (
        1.0 - 1.0 / DEVICES_PER_NODE
    )
    month = spread * defaults["hours_per_month"] * rows["devices"].to_numpy()
    amount = pd.Series(month, index=rows.index).round(4)
    known = amount.notna()
    exact = pd.Series(None, index=rows.index, dtype=object)
    exact[known] = amount[known].map(lambda value: Decimal(repr(value)).quantize(_EXACT))
    no_capex = pd.Series(np.isnan(mine.capex_usd), index=rows.index)
    reason = pd.Series(None, index=rows.index, dtype=object)
    reason[~known] = "size not known"
    reason[~known & no_capex] = (
        "no purchase price for " + rows["accelerator_id"].fillna("this device")[~known & no_capex]
    )
    tariff_text = np.where(price.isna(), "electricity at the house default", "grid tariff")
    basis = "own hardware, every hour of the month: house defaults, " + pd.Series(
        tariff_text, index=rows.index
    ).astype("str")
    return pd.DataFrame({"amount": exact, "reason": reason, "basis": basis}).astype(object)


def _by_token(
    rows: pd.DataFrame, connection: duckdb.DuckDBPyConnection, catalogue: str
) -> pd.DataFrame:
    """Cost of a token-priced interface: the provider's cheapest listing of that model."""
    numbered = rows.assign(row_number=range(len(rows)))
    with registered(connection, numbered) as name:
        prices = relation(connection, "token_price_facts", catalogue)
        answer = fetched(
            connection,
            f"""
            WITH listed AS (
              SELECT provider_id, model_id, model, price_verified,
                CAST(usd_per_m_input AS DECIMAL(18, 8)) AS input_price,
                CAST(usd_per_m_output AS DECIMAL(18, 8)) AS output_price
              FROM {prices} WHERE model_id IS NOT NULL AND available IS DISTINCT FROM FALSE),
            best AS (
              SELECT n.row_number, l.*, n.requests_per_month * (n.input_tokens
                  * CAST(l.input_price AS DOUBLE) + coalesce(n.output_tokens, 0)
                  * CAST(l.output_price AS DOUBLE)) / 1e6 AS usd
              FROM {name} n JOIN listed l USING (provider_id, model_id)
              QUALIFY row_number() OVER (PARTITION BY n.row_number
                ORDER BY l.input_price + l.output_price, l.model) = 1)
            SELECT CAST(b.usd AS DECIMAL(18, 4)) AS amount,
              CASE WHEN b.usd IS NOT NULL THEN NULL
                WHEN n.model_id IS NULL THEN 'model not stated'
                WHEN b.row_number IS NULL THEN 'no token price of ' || n.model_id || ' at '
                  || coalesce(n.provider_id, 'an unstated provider')
                ELSE 'requests or tokens not stated' END AS reason,
              'tokens x catalogue price of ' || coalesce(b.model, n.model_id, '?')
                || CASE WHEN b.price_verified THEN '' ELSE '; price not verified' END AS basis
            FROM {name} n LEFT JOIN best b USING (row_number) ORDER BY n.row_number
            """,
        )
    answer.index = rows.index
    return answer
