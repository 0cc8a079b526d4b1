"""Prices, energy, carbon and traffic on a catalogue small enough to reckon by hand."""

from decimal import Decimal

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freehold.costing import (
    OwnNode,
    egress_cost,
    energy,
    hourly_prices,
    house_defaults,
    own_cost,
)
from freehold.errors import CatalogueError


def _price(connection: duckdb.DuckDBPyConnection, **wanted: object) -> "pd.Series[object]":
    row = {"provider_id": "p", "region_id": "north", "term": "on_demand", **wanted}
    return hourly_prices(pd.DataFrame([row]), connection).iloc[0]


def test_a_regional_price_comes_before_one_for_everywhere(
    small: duckdb.DuckDBPyConnection,
) -> None:
    north = _price(small, instance_type="big")
    south = _price(small, instance_type="big", region_id="south")
    assert (north["usd_per_hour"], north["price_flags"]) == (Decimal(20), "")
    assert south["usd_per_hour"] == Decimal(24)
    assert south["price_flags"] == "price not regional"


def test_an_accelerator_takes_the_machine_cheapest_per_device(
    small: duckdb.DuckDBPyConnection,
) -> None:
    found = _price(small, accelerator_id="chip-a")
    assert found["priced_instance_type"] == "big"  # 20 / 8 = 2.50 against 4
    assert "cheapest per device" in str(found["price_flags"])


def test_unverified_and_unstated_are_flagged(small: duckdb.DuckDBPyConnection) -> None:
    found = _price(small, instance_type="small", term=None, region_id=None)
    assert found["price_flags"] == (
        "price not regional; price not verified; term not stated: on demand; region not stated"
    )


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"instance_type": "huge"}, "no on demand price of huge at p in north"),
        ({"instance_type": "big", "term": "reserved_3y"}, "no reserved 3y price of big at p"),
        ({"accelerator_id": "chip-b"}, "no on demand price of chip-b at p in north"),
        ({"provider_id": None, "instance_type": "big"}, "provider not stated"),
        ({}, "neither machine type nor accelerator stated"),
    ],
)
def test_no_price_has_a_reason(
    small: duckdb.DuckDBPyConnection, wanted: dict[str, object], reason: str
) -> None:
    found = _price(small, **wanted)
    assert found["usd_per_hour"] is None
    assert str(found["price_reason"]).startswith(reason)


def test_an_offer_a_scenario_withdrew_is_not_priced(small: duckdb.DuckDBPyConnection) -> None:
    small.execute("UPDATE catalogue.prices SET available = FALSE WHERE instance_type = 'big'")
    assert _price(small, instance_type="big")["usd_per_hour"] is None


def test_a_scenario_reads_its_own_prices(small: duckdb.DuckDBPyConnection) -> None:
    small.execute("CREATE SCHEMA catalogue_1")
    small.execute("CREATE TABLE catalogue_1.prices AS FROM catalogue.prices")
    small.execute("UPDATE catalogue_1.prices SET usd_per_hour = usd_per_hour * 2")
    row = pd.DataFrame(
        [{"provider_id": "p", "region_id": "north", "term": "on_demand", "instance_type": "big"}]
    )
    assert hourly_prices(row, small, "catalogue_1")["usd_per_hour"].iloc[0] == Decimal(40)
    assert hourly_prices(row, small)["usd_per_hour"].iloc[0] == Decimal(20)


def _running(**values: object) -> pd.DataFrame:
    row = {
        "accelerator_id": "chip-a",
        "provider_id": "p",
        "region_id": "north",
        "device_hours_per_month": 1000.0,
        "utilisation": 0.5,
    }
    return pd.DataFrame([{**row, **values}])


def test_energy_and_carbon_by_hand(small: duckdb.DuckDBPyConnection) -> None:
    row = energy(_running(), small).iloc[0]
    kwh = 1000 * 0.7 * 0.8 * 0.5 * 1.25 * 1.1
    assert row["kwh_per_month"] == pytest.approx(kwh)
    assert row["kg_co2e_per_month"] == pytest.approx(kwh * 20 / 1000)
    assert row["carbon_basis"] == "region: own statement"
    assert "PUE 1.1 (region)" in row["energy_basis"]


def test_a_region_without_statements_takes_country_and_house_default(
    small: duckdb.DuckDBPyConnection,
) -> None:
    row = energy(_running(region_id="south"), small).iloc[0]
    assert row["carbon_gco2e_kwh"] == 300
    assert row["pue"] == 1.5
    assert row["carbon_basis"] == "country: national mean"


def test_an_own_site_is_placed_by_its_country(small: duckdb.DuckDBPyConnection) -> None:
    row = energy(_running(provider_id="on-prem", region_id=None, country_iso2="SE"), small).iloc[0]
    assert row["carbon_gco2e_kwh"] == 40
    assert row["industrial_price_usd_kwh"] == Decimal("0.1")


@pytest.mark.parametrize(
    ("values", "energy_reason", "carbon_reason"),
    [
        ({"accelerator_id": "chip-b"}, "no power figure for chip-b", "energy not known"),
        ({"accelerator_id": None}, "no accelerator stated", "energy not known"),
        ({"device_hours_per_month": None}, "device hours not known", "energy not known"),
        ({"provider_id": "x"}, None, "no grid figure for the place"),
    ],
)
def test_unknown_energy_or_carbon_has_a_reason(
    small: duckdb.DuckDBPyConnection,
    values: dict[str, object],
    *,
    energy_reason: str | None,
    carbon_reason: str,
) -> None:
    row = energy(_running(**values), small).iloc[0]
    assert row["energy_reason"] == energy_reason
    assert row["carbon_reason"] == carbon_reason
    assert row["kg_co2e_per_month"] is None


def _egress(connection: duckdb.DuckDBPyConnection, **values: object) -> "pd.Series[object]":
    row = {"provider_id": "p", "region_id": "north", "to": "internet", "gb_per_month": 2000.0}
    return egress_cost(pd.DataFrame([{**row, **values}]), connection).iloc[0]


def test_traffic_pays_each_tier_for_its_part(small: duckdb.DuckDBPyConnection) -> None:
    assert _egress(small)["egress_usd_per_month"] == Decimal("140.0000")  # 900 x 0.1 + 1000 x 0.05
    assert _egress(small, gb_per_month=80.0)["egress_usd_per_month"] == Decimal(0)


def test_a_group_naming_the_region_comes_first_and_a_gap_is_noted(
    small: duckdb.DuckDBPyConnection,
) -> None:
    row = _egress(small, region_id="south", gb_per_month=50.0)
    assert row["egress_group"] == "south (Milan)"
    assert row["egress_usd_per_month"] == Decimal("10.0000")
    assert row["egress_note"] == "first tier not listed: charged at the next price"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"provider_id": "q"}, "the price list leaves a tier open"),
        ({"provider_id": "z"}, "no traffic price for this provider and region"),
        ({"gb_per_month": None}, "volume not stated"),
        ({"gb_per_month": -1.0}, "volume is negative"),
    ],
)
def test_traffic_without_a_price_has_a_reason(
    small: duckdb.DuckDBPyConnection, values: dict[str, object], reason: str
) -> None:
    row = _egress(small, **values)
    assert row["egress_usd_per_month"] is None
    assert row["egress_reason"] == reason


@settings(max_examples=25, deadline=None)
@given(volume=st.floats(0, 1e6), more=st.floats(0, 1e6))
def test_more_traffic_never_costs_less(
    connection: duckdb.DuckDBPyConnection, volume: float, more: float
) -> None:
    moved = pd.DataFrame(
        {
            "provider_id": ["aws", "aws", "gcp", "gcp"],
            "region_id": ["eu-west-1", "eu-west-1", "europe-west1", "europe-west1"],
            "to": "internet",
            "gb_per_month": [volume, volume + more, volume, volume + more],
        }
    )
    cost = egress_cost(moved, connection)["egress_usd_per_month"].astype(float)
    assert cost.iloc[0] <= cost.iloc[1]
    assert cost.iloc[2] <= cost.iloc[3]


def test_own_hardware_by_hand(small: duckdb.DuckDBPyConnection) -> None:
    cost = own_cost(OwnNode(350_000.0, 8.0, 10.2, 0.10, 1.2), house_defaults(small))
    purchase = 350_000 * 1.1
    by_hand = (
        purchase * 0.7 / (36 * 730)
        + purchase * 0.08 / 8760
        + 10.2 * 0.8 * 0.7 * 1.2 * 0.10
        + 120_000 / 16 / 8760
        + purchase * 0.04 / 8760
    )
    assert cost.usd_per_node_hour == pytest.approx(by_hand)
    assert cost.usd_per_useful_chip_hour == pytest.approx(by_hand / 8 / 0.7)
    rented = own_cost(OwnNode(350_000.0, 8.0, 10.2, 0.10, 1.2, 1.0), house_defaults(small))
    assert rented.usd_per_node_hour == pytest.approx(by_hand + 10.2 * 200 / 730)


def test_the_shipped_defaults_give_the_rate_the_field_quotes(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    cost = own_cost(OwnNode(350_000.0, 8.0, 10.2, 0.08, 1.2), house_defaults(connection))
    assert 1.2 < float(cost.usd_per_chip_hour) < 3.0


def test_an_unknown_house_default_is_named(small: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CatalogueError, match="moonlight"):
        house_defaults(small, changed={"moonlight": 1.0})
