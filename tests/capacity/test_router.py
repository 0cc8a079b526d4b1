"""Routers: what they cost adds up, the shipped example shows where the claim holds and fails."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from freehold.capacity import CLAIM, Routing, Tables, route
from freehold.capacity.router import Known
from freehold.resources import data_root

_ROUTERS = data_root() / "datasets" / "examples" / "routers.csv"


def _spec(path: Path = _ROUTERS) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def known() -> Known:
    return {}


@pytest.fixture(scope="module")
def example(connection: duckdb.DuckDBPyConnection, tables: Tables, known: Known) -> Routing:
    return route(_spec(), connection, tables=tables, known=known)


def test_the_example_shows_the_claim_hold_and_fail_with_the_reason(example: Routing) -> None:
    rows = example.rows.set_index("router_id")
    assert (rows["refused_because"] == "").all()
    assert rows.loc[["tickets", "extraction"], "claim"].eq("within").all()
    assert rows.loc[["quiet", "distrusted", "quiet_api"], "claim"].eq("below").all()
    assert "used" in rows.loc["quiet", "because"]
    assert "caps the saving" in rows.loc["distrusted", "because"]
    inside = rows["times_cheaper"].between(*CLAIM)
    assert (inside == (rows["claim"] == "within")).all()


def test_no_router_saves_more_than_the_share_it_takes_off(example: Routing) -> None:
    rows = example.rows
    hosted = ~rows["large_on"].str.contains("anthropic|deepinfra")
    busy = hosted & (rows["large_utilisation"] > 0.1)
    # Whole machines round both sides, so the bound holds but for one machine.
    assert (rows["times_cheaper"] <= 1.3 * rows["most_times_cheaper"])[busy].all()
    assert (rows["times_cheaper_low80"] <= rows["times_cheaper"]).all()
    assert (rows["times_cheaper"] <= rows["times_cheaper_high80"]).all()


def test_the_break_even_volume_is_where_the_curves_cross(example: Routing) -> None:
    row = example.rows.set_index("router_id").loc["open_api"]
    curves = example.curves[example.curves["router_id"] == "open_api"]
    cost = curves.pivot(index="requests_per_month", columns="way", values="usd_per_month")
    at = float(row["break_even_requests_per_month"])
    assert (cost["router"] < cost["api"])[at]
    assert not (cost["router"] < cost["api"])[cost.index < at].any()
    assert 0 < row["break_even_utilisation"] < 1
    quiet = example.rows.set_index("router_id").loc["quiet_api"]
    assert quiet["requests_per_month"] < quiet["break_even_requests_per_month"]
    assert quiet["times_cheaper"] < 1


def test_all_or_nothing_routed_small_is_what_either_side_costs_alone(
    connection: duckdb.DuckDBPyConnection, tables: Tables, known: Known
) -> None:
    row = _spec().iloc[[1]]
    spec = pd.concat(
        [row.assign(share_small=share, fallback_share=fallback)
         for share, fallback in (("0", "0"), ("1", "0"), ("1", "1"))], ignore_index=True
    )  # fmt: skip
    rows = route(spec, connection, tables=tables, known=known).rows
    assert rows["times_cheaper"][0] == pytest.approx(1.0)
    assert rows["usd_per_month"][1] < rows["usd_per_month"][2]
    assert rows["usd_per_month"][2] > rows["large_usd_per_month"][2]


def test_a_router_that_cannot_be_is_named_and_the_others_answered(
    connection: duckdb.DuckDBPyConnection, tables: Tables, known: Known
) -> None:
    good = _spec().iloc[[1]]
    bad = [
        ({"share_small": "1.5"}, "share_small cannot be 1.5"),
        ({"share_small": ""}, "share_small is not stated"),
        ({"fallback_share": "-1"}, "fallback_share cannot be -1"),
        ({"requests_per_s": "inf"}, "requests_per_s cannot be inf"),
        ({"small_model": ""}, "needs a small and a large side"),
        ({"small_model": "nobody-9b"}, "No priced machine serves nobody-9b"),
        ({"large_api": "no-such", "large_provider": "openai"}, "no token price"),
        ({"input_tokens": "-3"}, "input_tokens and output_tokens must be stated"),
        ({"small_precision": "int3"}, "int3"),
        ({"peak_over_mean": "0.5"}, "peak_over_mean cannot be 0.5"),
    ]
    spec = pd.concat([good.assign(**change) for change, _ in bad] + [good], ignore_index=True)
    rows = route(spec, connection, tables=tables, known=known).rows
    for (_, reason), said in zip(bad, rows["refused_because"], strict=False):
        assert reason in said
    assert rows["refused_because"].iloc[-1] == ""
    assert np.isfinite(rows["times_cheaper"].iloc[-1])
