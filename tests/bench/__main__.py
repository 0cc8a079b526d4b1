"""Measure speed and memory: `python -m tests.bench OUT.json [--large] [--only NAME]`.

Figures are for reading, side by side with their floor from the same run; nothing passes or fails.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import summary
from tests.bench.environment import described
from tests.bench.figures import growth
from tests.bench.isolated import MeasureFailedError, measured
from tests.bench.measures import MEASURES, Measure


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the measures asked for, tell them and write them to the file named."""
    options = _options(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    environment = described()
    print(summary.heading(environment))
    results = []
    for measure in MEASURES:
        if options.only and measure.name not in options.only:
            continue
        results.append(_run(measure, options))
        # Written after each measure, so that a run broken off leaves what it has.
        text = json.dumps({"environment": environment, "measures": results}, indent=2)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(f"\nWritten to {options.out}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    names = [measure.name for measure in MEASURES]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("out", type=Path, help="the JSON file to write")
    parser.add_argument("--only", action="append", choices=names, help="only this measure")
    parser.add_argument("--large", action="store_true", help="the large sizes too (1M rows)")
    parser.add_argument("--small", action="store_true", help="only the smallest size")
    parser.add_argument("--runs", type=int, default=3, help="runs of each figure (3)")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    return options


def _run(measure: Measure, options: argparse.Namespace) -> dict[str, Any]:
    print(f"\n{measure.title} ({measure.name})", flush=True)
    sizes = measure.sizes[:1] if options.small else measure.sizes
    if options.large:
        sizes += measure.large
    found = []
    for size in sizes:
        one = _one(measure, size, options.runs)
        found.append(one)
        print("\n".join(summary.lines(one)), flush=True)
    exponents = {name: k for name in measure.growing if (k := _growth(found, name)) is not None}
    last = {name: k for name in measure.growing if (k := _growth(found[-2:], name)) is not None}
    if exponents:
        print(summary.growth_line(exponents, last), flush=True)
    return {
        "name": measure.name,
        "title": measure.title,
        "sizes": found,
        "growth": exponents,
        "growth_over_last_step": last,
    }


def _one(measure: Measure, size: int, runs: int) -> dict[str, Any]:
    told: dict[str, Any] = {"size": size, "counts": measure.counts, "failed": None, "figures": []}
    try:
        told["figures"] = [figure.as_json() for figure in measured(measure, size, runs)]
    except MeasureFailedError as error:
        told["failed"] = str(error)
    return told


def _growth(found: list[dict[str, Any]], name: str) -> float | None:
    points = [
        (one["size"], figure["median"])
        for one in found
        for figure in one["figures"]
        if figure["name"] == name
    ]
    return growth([size for size, _ in points], [value for _, value in points])


if __name__ == "__main__":
    main()
