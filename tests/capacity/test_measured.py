"""The shipped measurements: nothing that ran is refused, most lie in the stated range."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from freehold.capacity import Tables, estimate


def _predicted(table: pd.DataFrame, metric: "pd.Series[str]", side: str) -> "pd.Series[float]":
    found = pd.Series(np.nan, index=table.index)
    for name in metric.unique():
        rows = metric == name
        found[rows] = table.loc[rows, f"{name}{side}"]
    return found


@pytest.mark.parametrize(("name", "least_answered"), [("bench_train", 0.9), ("bench_infer", 0.9)])
def test_most_measured_rows_lie_in_the_80_percent_range(
    connection: duckdb.DuckDBPyConnection, tables: Tables, name: str, least_answered: float
) -> None:
    bench = connection.execute(f"FROM catalogue.{name}").df()
    spec = bench.drop(columns=["measured_metric", "measured_value"])
    predictions = estimate(spec, connection, tables=tables)
    table, metric = predictions.table, bench["measured_metric"]
    middle = _predicted(table, metric, "")
    answered = middle.notna()
    inside = (
        bench["measured_value"]
        .astype(float)
        .between(_predicted(table, metric, "_low80"), _predicted(table, metric, "_high80"))
    )
    share = float(inside[answered].mean())
    error = (middle / bench["measured_value"].astype(float) - 1).abs()
    print(
        f"{name}: {answered.mean():.1%} answered, {share:.1%} inside, median error "
        f"{error[answered].median():.1%}, {predictions.configurations_per_s:,.0f} rows/s"
    )
    assert answered.mean() > least_answered
    assert share > 0.6


def test_what_really_ran_is_hardly_ever_called_unfit(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    for name in ("bench_train", "bench_infer"):
        bench = connection.execute(f"FROM catalogue.{name} WHERE accelerators IS NOT NULL").df()
        table = estimate(bench, connection, tables=tables).table
        unfit = (table["fits"] == False).fillna(False)  # noqa: E712 - three-valued
        assert unfit.mean() < 0.01, bench.loc[unfit, "case_id"].tolist()
