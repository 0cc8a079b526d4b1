"""Errors on measured rows: honest folds, the contract's keys, and what the fit must not see."""

import hashlib
import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from freehold.__main__ import main
from freehold.capacity import Tables, Validation, validate
from freehold.capacity.calibration import crossvalidation
from freehold.capacity.calibration.__main__ import PAGE
from freehold.capacity.calibration.bench import read_bench
from freehold.capacity.calibration.factors import Calibration
from freehold.capacity.calibration.fitting import fit, without
from freehold.capacity.calibration.page import accuracy_page
from freehold.capacity.validation import by_metric
from freehold.errors import InputError
from freehold.resources import data_root

TRAIN = "bench_train"
INFER = "bench_infer"


@pytest.fixture(scope="module")
def measured(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.DataFrame]:
    return {name: connection.execute(f"FROM catalogue.{name}").df() for name in (TRAIN, INFER)}


@pytest.fixture(scope="module")
def found(
    connection: duckdb.DuckDBPyConnection, tables: Tables, measured: dict[str, pd.DataFrame]
) -> dict[str, Validation]:
    return {name: validate(table, connection, tables) for name, table in measured.items()}


def test_rows_that_were_fitted_on_are_predicted_without_their_source(
    found: dict[str, Validation],
) -> None:
    for validation in found.values():
        rows = validation.rows[validation.rows["fold"] != ""]
        own = (rows["fold"] == rows["family"]) | rows["fold"].str.startswith("model:")
        assert own.all()
        eligible = validation.rows[
            validation.rows["eligible"] & validation.rows["predicted"].notna()
        ]
        assert (eligible["fold"] != "").all()


def test_the_measured_value_is_never_read(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    measured: dict[str, pd.DataFrame],
    found: dict[str, Validation],
) -> None:
    table = measured[INFER].copy()
    table["measured_value"] = np.random.default_rng(1).permutation(table["measured_value"])
    again = validate(table, connection, tables).rows
    np.testing.assert_array_equal(again["predicted"], found[INFER].rows["predicted"])


def test_left_out_errors_beat_the_naive_baselines(found: dict[str, Validation]) -> None:
    """A constant MFU is 17-20 % off in the median, a weight-read bound three to five times."""
    train = found[TRAIN].metrics.set_index("metric")
    assert train.loc["tokens_per_s_per_gpu", "median_ape"] < 0.17
    assert train.loc["gpu_hours", "median_ape"] < 0.35
    infer = found[INFER].metrics.set_index("metric")
    for metric, most in (("tpot_ms", 0.3), ("output_tokens_per_s_per_gpu", 0.3), ("ttft_ms", 0.5)):
        assert infer.loc[metric, "median_ape"] < most, metric


def test_nearly_every_row_that_can_be_asked_is_answered(found: dict[str, Validation]) -> None:
    for validation in found.values():
        eligible = validation.rows[validation.rows["eligible"]]
        assert eligible["predicted"].notna().mean() > 0.98


def test_the_range_holds_about_four_of_five_left_out_rows(found: dict[str, Validation]) -> None:
    for validation in found.values():
        rows = validation.rows[validation.rows["eligible"] & validation.rows["predicted"].notna()]
        inside = rows["measured"].between(rows["low80"], rows["high80"]).mean()
        assert 0.7 < inside < 0.95


def test_the_stored_cross_validation_is_what_the_model_says_today(
    found: dict[str, Validation], tables: Tables, measured: dict[str, pd.DataFrame]
) -> None:
    told = crossvalidation.summary(crossvalidation.stored(), crossvalidation.FAMILY)
    told = told.set_index("metric")
    for name, validation in found.items():
        # The stored errors leave out rows that state their answer: a throughput beside its rate.
        given = read_bench(measured[name], tables.chips.spellings).given
        for metric in by_metric(validation.rows[~given]).query("rows > 0").itertuples():
            stored = told.loc[metric.metric]
            assert stored["rows"] == metric.rows
            for column in ("median_ape", "p90_ape"):
                assert stored[column] == pytest.approx(
                    getattr(metric, column), abs=0.02, rel=0.02, nan_ok=True
                ), (metric.metric, column)
            # Widths are those of one row, which rounding may put on either side of an edge.
            one_row = 0.01 + 1 / metric.rows
            for column in ("answered", "coverage80"):
                assert stored[column] == pytest.approx(
                    getattr(metric, column), abs=one_row, nan_ok=True
                ), (metric.metric, column)


def test_the_page_and_the_command_tell_the_stored_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert PAGE.read_text(encoding="utf-8") == accuracy_page(), "run the calibration with --page"
    assert main(["capacity", "validate", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    told = crossvalidation.summary(crossvalidation.stored(), crossvalidation.ACCELERATOR)
    for row in told.itertuples():
        given = answer["by_metric_accelerator"][row.metric]
        assert given["rows"] == row.rows
        assert given["median_ape"] == pytest.approx(row.median_ape) or np.isnan(row.median_ape)
    folder = data_root() / "datasets" / "tables"
    read = [(folder / f"{name}.csv").read_bytes() for name in (TRAIN, INFER)]
    digests = [hashlib.sha256(content).hexdigest() for content in read]
    assert [one["sha256"] for one in answer["fitted_on"]] == digests


def test_what_was_left_out_is_predicted_better_than_by_the_baseline() -> None:
    table = crossvalidation.stored()
    for split in (crossvalidation.FAMILY, crossvalidation.ACCELERATOR):
        told = crossvalidation.summary(table, split).set_index("metric")
        for metric in ("tokens_per_s_per_gpu", "tpot_ms", "ttft_ms", "output_tokens_per_s_total"):
            assert told.loc[metric, "median_ape"] < told.loc[metric, "naive_median_ape"], metric


def test_a_stack_that_is_twice_as_slow_gets_its_own_factor(
    connection: duckdb.DuckDBPyConnection, tables: Tables, measured: dict[str, pd.DataFrame]
) -> None:
    """What is planted in the measurements is found, and gone where its rows are left out."""
    table = measured[INFER]
    table = table[table["measured_metric"].isin(["decode_tokens_per_s"])].head(80)
    slow = table.assign(
        engine="sglang slow build",
        family="planted",
        measured_value=table["measured_value"].astype(float) / 2,
    )
    spellings = tables.chips.spellings
    bench = read_bench(pd.concat([table, slow], ignore_index=True), spellings)
    fitted = fit(bench, connection, tables)
    planted = bench.family.eq("planted").to_numpy()
    blind = without(fitted, bench, planted)
    name = ("decode", "stack", "sglang")
    assert fitted.calibration().values[name] > 0.15
    assert abs(blind.values[name]) < 0.01


def test_the_command_gives_the_contracts_keys(
    tmp_path: Path, measured: dict[str, pd.DataFrame], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bench.csv"
    new = measured[TRAIN].head(12).assign(case_id=[f"mine-{n}" for n in range(12)])
    pd.concat([measured[TRAIN].head(30), new]).to_csv(path, index=False)
    assert main(["capacity", "validate", str(path), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {"families", "by_metric", "evaluate_seconds"} <= set(answer)
    family = answer["families"][0]
    assert {"family", "metric", "rows", "predicted", "refused", "median_ape", "p90_ape"} <= set(
        family
    )
    assert {"bias", "coverage80"} <= set(family)
    metric = answer["by_metric"]["tokens_per_s_per_gpu"]
    assert {"median_ape", "p90_ape", "answered", "coverage80"} <= set(metric)
    assert answer["new_rows"] == 12


def test_nothing_predicted_is_null_and_answered_zero(
    connection: duckdb.DuckDBPyConnection, tables: Tables, measured: dict[str, pd.DataFrame]
) -> None:
    table = measured[INFER].head(6).assign(accelerator_id="abacus")
    metric = validate(table, connection, tables).metrics.iloc[0]
    assert metric["answered"] == 0
    assert np.isnan(metric["median_ape"])


def test_a_table_without_measurements_is_refused_in_one_sentence(
    connection: duckdb.DuckDBPyConnection, tables: Tables, measured: dict[str, pd.DataFrame]
) -> None:
    with pytest.raises(InputError, match="no column measured_value"):
        validate(measured[TRAIN].drop(columns=["measured_value"]), connection, tables)


def test_physics_alone_is_what_an_empty_calibration_gives(tables: Tables) -> None:
    assert not Calibration().values
    assert tables.calibration.values
