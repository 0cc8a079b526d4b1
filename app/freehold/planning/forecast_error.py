"""Demand as it was expected beside demand as it was measured."""

from datetime import date

import numpy as np
import pandas as pd

BY = {"day": "D", "week": "W", "month": "M"}
AMOUNTS = ("requests_total", "input_tokens_total", "output_tokens_total", "device_hours")
_SECONDS = 3600.0


def expected(
    actuals: pd.DataFrame, workloads: pd.DataFrame, as_of: date, hours_per_month: float
) -> pd.DataFrame:
    """Return what was expected in each measured period, in the rows' order; NaN = not stated.

    Demand of today x (1 + growth)^(years since today): requests = rate x hours of work in the
    period, tokens = requests x mean tokens, device hours = those of a month x the period's share of
    it. Hours of work are spread evenly over a month. Utilisation is that stated.

    Args:
        actuals: workload_id, period_start, hours.
        workloads: workload_id, requests_per_s, input_tokens, output_tokens, hours_per_month,
            growth_per_year, utilisation and device_hours_per_month; missing ones are NULL.
        as_of: the day of today's demand.
        hours_per_month: hours in a month.
    """
    facts = workloads.set_index("workload_id").reindex(actuals["workload_id"])

    def number(name: str) -> "pd.Series[float]":
        if name not in facts:
            return pd.Series(np.nan, index=actuals.index)
        values = pd.to_numeric(facts[name], errors="coerce").astype("float64")
        return values.set_axis(actuals.index)

    middle = actuals["period_start"] + pd.to_timedelta(actuals["hours"] / 2.0, unit="h")
    years = (middle - pd.Timestamp(as_of)) / pd.Timedelta(days=365.25)
    growth = (1.0 + number("growth_per_year").fillna(0.0)).clip(lower=0.0) ** years
    share = actuals["hours"] / hours_per_month
    at_work = number("hours_per_month").fillna(hours_per_month) * share
    requests = number("requests_per_s") * _SECONDS * at_work * growth
    return pd.DataFrame(
        {
            "requests_total": requests,
            "input_tokens_total": requests * number("input_tokens"),
            "output_tokens_total": requests * number("output_tokens"),
            "device_hours": number("device_hours_per_month") * share,
            "utilisation": number("utilisation"),
        }
    )


def errors(actuals: pd.DataFrame, forecast: pd.DataFrame, by: str = "week") -> pd.DataFrame:
    """Return the forecast error of each workload and figure over its periods.

    Columns `workload_id`, `figure`, `periods`, `first`, `last`, `measured`, `expected` (sums;
    means for utilisation), `mape` = mean of |expected - measured| / measured over periods with
    something measured, `wape` = sum of |expected - measured| / sum of measured, `bias` =
    (expected - measured) / measured over all periods (above 0: expected too much), and `spread`,
    the standard deviation of ln(measured / expected). Shares; NaN = it cannot be told (Hyndman and
    Koehler 2006, International Journal of Forecasting 22, names and compares these measures).
    A measured row of which nothing was expected counts in neither sum.

    Args:
        actuals: workload_id, period_start and measured figures.
        forecast: the same figures as expected, row by row.
        by: day, week or month into which rows are added up.
    """
    pieces = []
    period = actuals["period_start"].dt.to_period(BY[by])
    for figure in (*AMOUNTS, "utilisation"):
        if figure not in actuals:
            continue
        rows = pd.DataFrame(
            {
                "workload_id": actuals["workload_id"],
                "period": period,
                "measured": pd.to_numeric(actuals[figure], errors="coerce").astype("float64"),
                "expected": forecast[figure].astype("float64"),
            }
        ).dropna()
        if rows.empty:
            continue
        how = "mean" if figure == "utilisation" else "sum"
        sums = rows.groupby(["workload_id", "period"], as_index=False).agg(
            measured=("measured", how), expected=("expected", how)
        )
        pieces.append(_measures(sums).assign(figure=figure))
    columns = ["workload_id", "figure", "periods", "first", "last", "measured", "expected",
               "mape", "wape", "bias", "spread"]  # fmt: skip
    if not pieces:
        return pd.DataFrame(columns=columns)
    every = pd.concat(pieces, ignore_index=True)
    return every[columns].sort_values(["workload_id", "figure"]).reset_index(drop=True)


def _measures(sums: pd.DataFrame) -> pd.DataFrame:
    off = (sums["expected"] - sums["measured"]).abs()
    some = sums["measured"] > 0
    both = some & (sums["expected"] > 0)
    ratio = sums["measured"].where(both, 1.0) / sums["expected"].where(both, 1.0)
    table = sums.assign(
        off=off,
        relative=(off / sums["measured"]).where(some),
        ratio=pd.Series(np.log(ratio), index=sums.index).where(both),
    )
    found = table.groupby("workload_id").agg(
        periods=("measured", "size"),
        first=("period", "min"),
        last=("period", "max"),
        measured=("measured", "sum"),
        expected=("expected", "sum"),
        off=("off", "sum"),
        mape=("relative", "mean"),
        spread=("ratio", "std"),
    )
    total = found["measured"].where(found["measured"] > 0)
    found["wape"] = found["off"] / total
    found["bias"] = (found["expected"] - found["measured"]) / total
    return found.drop(columns="off").reset_index()
