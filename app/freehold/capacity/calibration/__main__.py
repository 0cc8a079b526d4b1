"""Fits the shipped factors again: python -m freehold.capacity.calibration [FOLDER OF CSV FILES].

With --page it only writes the help page again from the errors that are stored.
"""

import sys
from pathlib import Path

import duckdb

from freehold.capacity.calibration.page import accuracy_page
from freehold.capacity.calibration.refit import refit, write
from freehold.catalogue import open_catalogue
from freehold.resources import data_root

TABLES = ("bench_train", "bench_infer")

PAGE = Path(__file__).parents[2] / "desktop" / "help" / "accuracy.md"


def main(arguments: list[str]) -> None:
    """Fit on bench_train.csv and bench_infer.csv, write the factors beside this module, the page.

    The stored errors are those of the ranges of this same fit; which load is overload follows the
    ranges of the fit before, so after a change it is run twice.
    """
    if arguments != ["--page"]:
        folder = Path(arguments[0]) if arguments else data_root() / "datasets" / "tables"
        with duckdb.connect() as connection:
            open_catalogue(connection)
            benches = {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}
            write(refit(benches, connection), Path(__file__).parent)
    PAGE.write_text(accuracy_page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
