"""Fits the shipped factors again: python -m freehold.capacity.calibration [FOLDER OF CSV FILES]."""

import sys
from pathlib import Path

import duckdb

from freehold.capacity.calibration.refit import refit, write
from freehold.catalogue import open_catalogue
from freehold.resources import data_root

TABLES = ("bench_train", "bench_infer")


def main(arguments: list[str]) -> None:
    """Fit on bench_train.csv and bench_infer.csv and write the factors beside this module."""
    folder = Path(arguments[0]) if arguments else data_root() / "datasets" / "tables"
    with duckdb.connect() as connection:
        open_catalogue(connection)
        benches = {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}
        write(refit(benches, connection), Path(__file__).parent)


if __name__ == "__main__":
    main(sys.argv[1:])
