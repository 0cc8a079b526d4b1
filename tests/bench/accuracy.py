"""How far capacity predictions are from measured rows whose source or chip was left out."""

from pathlib import Path

import duckdb
import pandas as pd

from freehold.capacity.calibration.crossvalidation import ACCELERATOR, FAMILY, summary
from freehold.capacity.calibration.refit import read_csv_bytes, refit
from freehold.catalogue import open_catalogue
from freehold.resources import data_root
from tests.bench.figures import Figure, counted, peak_memory, timed

TABLES = ("bench_train", "bench_infer")
_FEW = 3


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Fit and cross-validate again on at most `size` rows of each table, those of few sources."""
    del runs  # the same rows give the same errors
    benches = {}
    for name in TABLES:
        content = (data_root() / "datasets" / "tables" / f"{name}.csv").read_bytes()
        rows = read_csv_bytes(content)
        if len(rows) > size:
            few = rows["family"].drop_duplicates().head(_FEW)
            rows = rows[rows["family"].isin(few)].groupby("family").head(max(size // _FEW, 1))
            content = rows.to_csv(index=False).encode()
        benches[name] = content
    found: list[pd.DataFrame] = []
    with duckdb.connect() as connection:
        open_catalogue(connection)
        work = timed("fit", 1, lambda: found.append(refit(benches, connection).crossvalidation))
    figures = [work]
    for split in (FAMILY, ACCELERATOR):
        for row in summary(found[0], split).dropna(subset=["median_ape"]).to_dict("records"):
            what = f"{row['metric']}, {split} left out"
            figures += [
                counted(f"{what}, {column}", "share", row[column])
                for column in (
                    "median_ape",
                    "p90_ape",
                    "coverage80",
                    "answered",
                    "naive_median_ape",
                )
                if pd.notna(row[column])
            ]
    return [*figures, peak_memory()]
