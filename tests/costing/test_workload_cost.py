"""What sized workloads cost per month, and why some costs are not known."""

from datetime import date
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from freehold.costing import cost_workloads

_DAY = date(2026, 3, 15)


def _sized(**values: object) -> pd.DataFrame:
    row = {
        "workload_id": "w",
        "kind": "serving",
        "provider_id": "p",
        "region_id": "north",
        "term": "on_demand",
        "instance_type": "big",
        "accelerator_id": "chip-a",
        "devices": 8.0,
        "device_hours_per_month": 800.0,
        "device_hours_per_month_low80": 400.0,
        "device_hours_per_month_high80": 1600.0,
    }
    return pd.DataFrame([{**row, **values}])


def _cost(connection: duckdb.DuckDBPyConnection, **values: object) -> "pd.Series[object]":
    return cost_workloads(_sized(**values), connection, "USD", _DAY).iloc[0]


def test_machines_are_whole_and_hours_follow_the_devices(
    small: duckdb.DuckDBPyConnection,
) -> None:
    row = _cost(small)
    assert row["cost_per_month"] == Decimal("2000.0000")  # 1 machine x 100 h x 20
    assert row["cost_per_month_low80"] == Decimal("1000.0000")
    assert row["cost_per_month_high80"] == Decimal("4000.0000")
    assert _cost(small, devices=9.0, device_hours_per_month=900.0)["machines"] == 2
    assert _cost(small, devices=3.0, device_hours_per_month=300.0)["cost_per_month"] == Decimal(
        "2000.0000"
    )


def test_costs_come_in_the_currency_asked_with_its_rate(small: duckdb.DuckDBPyConnection) -> None:
    row = cost_workloads(_sized(), small, "EUR", _DAY).iloc[0]
    assert float(str(row["cost_per_month"])) == pytest.approx(2000 / 1.2, abs=1e-3)
    assert row["currency"] == "EUR"
    assert str(row["fx_basis"]).endswith("EUR (2026-02-28)")
    none = cost_workloads(_sized(), small, "CHF", _DAY).iloc[0]
    assert none["cost_per_month"] is None
    assert none["cost_reason"] == "no exchange rate from USD to CHF by 2026-03-15"


def test_token_prices_need_no_devices(small: duckdb.DuckDBPyConnection) -> None:
    values = {
        "term": "token_api",
        "model_id": "model-m",
        "requests_per_month": 1e6,
        "input_tokens": 1000.0,
        "output_tokens": 500.0,
        "devices": None,
    }
    assert _cost(small, **values)["cost_per_month"] == Decimal("2000.0000")
    unknown = _cost(small, **{**values, "model_id": "other"})
    assert unknown["cost_per_month"] is None
    assert unknown["cost_reason"] == "no token price of other at p"


def test_classic_workloads_are_sized_by_their_cores(small: duckdb.DuckDBPyConnection) -> None:
    row = _cost(
        small,
        kind="classic",
        instance_type="cpu",
        accelerator_id=None,
        devices=None,
        device_hours_per_month=None,
        vcpus=40.0,
        hours_per_month=100.0,
    )
    assert row["machines"] == 3
    assert row["cost_per_month"] == Decimal("150.0000")
    assert row["energy_reason"] == "no accelerator stated"


def test_own_devices_cost_every_hour_of_the_month(small: duckdb.DuckDBPyConnection) -> None:
    own = {"provider_id": "on-prem", "region_id": None, "country_iso2": "SE", "instance_type": None}
    owned = _cost(small, term="owned", **own)
    purchase = 350_000 / 8 * 1.1
    hourly = (
        purchase * 0.7 / (36 * 730)
        + purchase * (0.08 + 0.04) / 8760
        + 10.2 / 8 * 0.8 * 0.7 * 1.5 * 0.10
        + 120_000 / 16 / 8 / 8760
    )
    assert float(str(owned["cost_per_month"])) == pytest.approx(hourly * 730 * 8, rel=1e-6)
    rented = _cost(small, term="colocated", **own)
    assert rented["cost_per_month"] > owned["cost_per_month"]  # type: ignore[operator]
    unpriced = _cost(small, term="owned", accelerator_id="chip-b", **own)
    assert unpriced["cost_per_month"] is None
    assert unpriced["cost_reason"] == "no purchase price for chip-b"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"provider_id": None}, "provider not stated"),
        ({"instance_type": "huge"}, "no on demand price of huge at p in north"),
        ({"devices": None, "device_hours_per_month": None}, "size not known"),
    ],
)
def test_an_unknown_cost_has_a_reason(
    small: duckdb.DuckDBPyConnection, values: dict[str, object], reason: str
) -> None:
    row = _cost(small, **values)
    assert row["cost_per_month"] is None
    assert row["cost_reason"] == reason


def test_rows_and_gaps_survive_in_order(small: duckdb.DuckDBPyConnection) -> None:
    table = pd.concat(
        [_sized(workload_id="a"), pd.DataFrame([{"workload_id": "b"}]), _sized(workload_id="c")],
        ignore_index=True,
    )
    costs = cost_workloads(table, small, "USD", _DAY)
    assert costs["workload_id"].tolist() == ["a", "b", "c"]
    assert costs["cost_per_month"].notna().tolist() == [True, False, True]
    assert len(cost_workloads(table.iloc[:0], small, "USD", _DAY)) == 0
