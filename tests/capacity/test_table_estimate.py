"""Estimating from table to table says what estimating a frame says, in the same order."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from freehold.capacity import Tables, estimate, estimate_table
from freehold.errors import InputError


def test_a_table_of_both_kinds_and_bad_rows_is_answered_in_its_order(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    connection.execute(
        """
        CREATE OR REPLACE TABLE asked AS SELECT 'c-' || i AS config_id,
          CASE i % 5 WHEN 0 THEN 'it''s nobody' ELSE 'llama3.1-8b' END AS model,
          'nvidia-h100-sxm' AS accelerator_id, 8 AS accelerators,
          CASE WHEN i % 3 = 0 THEN 'fsdp=8' END AS parallelism, 'bf16' AS "precision",
          CASE WHEN i % 3 = 0 THEN 'pretrain' END AS phase,
          CASE WHEN i % 3 = 0 THEN 1.0 END AS tokens_b, 100.0 * i AS input_tokens,
          50.0 AS output_tokens, 4.0 AS concurrency_or_batch
        FROM range(1, 61) AS numbers(i)
        """
    )
    rows = estimate_table(connection, "asked", "told", tables=tables)
    told = connection.execute("FROM told").df()
    expected = estimate(connection.execute("FROM asked").df(), connection, tables=tables).table
    assert rows == len(told) == 60
    assert told["config_id"].tolist() == expected["config_id"].tolist()
    for name in ("kind", "refused_because", "assumed"):
        assert told[name].astype(str).tolist() == expected[name].tolist()
    for name in ("ttft_ms", "tpot_ms_high80", "mfu", "memory_total_gib"):
        np.testing.assert_allclose(told[name].astype(float), expected[name], rtol=1e-12)
    assert told["fits"].isna().tolist() == expected["fits"].isna().tolist()
    assert told.columns.tolist() == expected.columns.tolist()


def test_only_the_figures_asked_for_are_written(
    connection: duckdb.DuckDBPyConnection, tables: Tables
) -> None:
    spec = pd.DataFrame({"model": ["llama3.1-8b"], "output_tokens": [10.0]})
    connection.register("few", spec.assign(accelerator_id="nvidia-h100-sxm", input_tokens=10.0))
    estimate_table(connection, "few", "told_few", tables=tables, figures=["tpot_ms"])
    told = connection.execute("FROM told_few").df()
    assert {"tpot_ms", "tpot_ms_low80", "refused_because", "config_id"} <= set(told)
    assert "ttft_ms" not in told
    with pytest.raises(InputError, match="no such figure"):
        estimate_table(connection, "few", "told_few", tables=tables, figures=["speed"])
